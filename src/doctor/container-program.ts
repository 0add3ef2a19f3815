/** What the program prints when it really runs. */
export const RAN = 'nns-watch: a container ran';

const LOADED_AT = 0x400000;
const HEADERS = 64 + 56;
const READ_AND_EXECUTE = 5;

/**
 * The smallest program that shows that a container runs: a static x86-64 executable for Linux which writes one line
 * and ends with 0. So an image can be made of nothing, where no registry can be reached and no busybox is installed.
 * @see https://refspecs.linuxfoundation.org/elf/gabi4+/ch4.eheader.html
 */
export function containerProgram(): Buffer {
  const message = Buffer.from(`${RAN}\n`);
  const code = Buffer.from([
    ...[0xbf, 1, 0, 0, 0], // mov edi, 1 (standard output)
    ...[0x48, 0x8d, 0x35, 21, 0, 0, 0], // lea rsi, [rip + 21] (the message, right after the code)
    ...[0xba, message.length, 0, 0, 0], // mov edx, length
    ...[0xb8, 1, 0, 0, 0], // mov eax, 1 (write)
    ...[0x0f, 0x05], // syscall
    ...[0x31, 0xff], // xor edi, edi
    ...[0xb8, 60, 0, 0, 0], // mov eax, 60 (exit)
    ...[0x0f, 0x05], // syscall
  ]);
  return Buffer.concat([headers(HEADERS + code.length + message.length), code, message]);
}

/** ELF header and the one program header: all of the file is loaded and runs from behind the headers. */
function headers(size: number): Buffer {
  const bytes = Buffer.alloc(HEADERS);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(bytes);
  bytes.writeUInt16LE(2, 16); // executable
  bytes.writeUInt16LE(0x3e, 18); // x86-64
  bytes.writeUInt32LE(1, 20);
  bytes.writeBigUInt64LE(BigInt(LOADED_AT + HEADERS), 24); // where it begins
  bytes.writeBigUInt64LE(64n, 32); // where the program header stands
  bytes.writeUInt16LE(64, 52);
  bytes.writeUInt16LE(56, 54);
  bytes.writeUInt16LE(1, 56);
  bytes.writeUInt32LE(1, 64); // to be loaded
  bytes.writeUInt32LE(READ_AND_EXECUTE, 68);
  bytes.writeBigUInt64LE(BigInt(LOADED_AT), 80);
  bytes.writeBigUInt64LE(BigInt(LOADED_AT), 88);
  bytes.writeBigUInt64LE(BigInt(size), 96);
  bytes.writeBigUInt64LE(BigInt(size), 104);
  bytes.writeBigUInt64LE(0x1000n, 112);
  return bytes;
}
