import { lebDecode, PipeArrayBuffer, safeRead, safeReadUint8, slebDecode } from '@icp-sdk/core/candid';

/** The largest published payloads and replies have a few hundred values; bytes of a blob count as one. */
const MOST_VALUES = 100_000;

/** Bytes of the primitive types of fixed size; null, reserved and empty have none. */
const FIXED = new Map([
  ...[-1, -16, -17].map((code): [number, number] => [code, 0]),
  ...[-2, -5, -9].map((code): [number, number] => [code, 1]),
  ...[-6, -10].map((code): [number, number] => [code, 2]),
  ...[-7, -11, -13].map((code): [number, number] => [code, 4]),
  ...[-8, -12, -14].map((code): [number, number] => [code, 8]),
]);
const [NAT, INT, NAT8, TEXT, OPT, VEC, RECORD, VARIANT, PRINCIPAL] = [-3, -4, -5, -15, -18, -19, -20, -21, -24];

type TypeEntry = { readonly code: number; readonly types: readonly number[] };

/**
 * Refuses messages of more values than any payload has. Candid's memory is not bounded by its bytes: a vector of nothing
 * may claim 2^32 elements in five of them, and records may be nested a thousand deep around each single one. A worker's
 * memory limit does not help, since V8 ends the whole process where one allocation is beyond it. So the values are
 * counted first, without making them, on the wire's own types.
 * The bytes must begin at the start of their buffer.
 * @see https://github.com/dfinity/candid/blob/master/spec/Candid.md (binary format)
 */
export function refuseSpaceBombs(message: Uint8Array): void {
  const pipe = new PipeArrayBuffer(message);
  safeRead(pipe, 4);
  const table = readTypes(pipe);
  const args = times(count(pipe), () => type(pipe));
  const counter = new ValueCounter(table, pipe);
  for (const arg of args) counter.skip(arg);
}

class ValueCounter {
  readonly #table: readonly TypeEntry[];
  readonly #pipe: PipeArrayBuffer;
  #left = MOST_VALUES;

  constructor(table: readonly TypeEntry[], pipe: PipeArrayBuffer) {
    this.#table = table;
    this.#pipe = pipe;
  }

  skip(code: number): void {
    this.#left -= 1;
    if (this.#left < 0) throw new Error('more values than any payload has');
    const size = FIXED.get(code);
    if (size !== undefined) this.#bytes(size);
    else if (code === NAT || code === INT) while (safeReadUint8(this.#pipe) >= 0x80);
    else if (code === TEXT) this.#bytes(count(this.#pipe));
    else if (code === PRINCIPAL) this.#bytes(safeReadUint8(this.#pipe) === 1 ? count(this.#pipe) : 0);
    else this.#skipEntry(this.#table[code]);
  }

  #skipEntry(entry: TypeEntry | undefined): void {
    const [first] = entry?.types ?? [];
    if (entry?.code === RECORD) for (const field of entry.types) this.skip(field);
    else if (entry?.code === VARIANT) this.skip(entry.types[count(this.#pipe)] ?? NaN);
    else if (entry?.code === OPT && first !== undefined) {
      if (safeReadUint8(this.#pipe) !== 0) this.skip(first);
    } else if (entry?.code === VEC && first !== undefined) {
      const length = count(this.#pipe);
      if (first === NAT8) this.#bytes(length);
      else for (let index = 0; index < length; index += 1) this.skip(first);
    } else throw new Error('a type that has no place in a payload');
  }

  #bytes(size: number): void {
    safeRead(this.#pipe, size);
  }
}

function readTypes(pipe: PipeArrayBuffer): TypeEntry[] {
  return times(count(pipe), () => {
    const code = type(pipe);
    if (code === OPT || code === VEC) return { code, types: [type(pipe)] };
    if (code !== RECORD && code !== VARIANT) throw new Error(`type ${code} has no place in a payload`);
    const types = times(count(pipe), () => {
      lebDecode(pipe);
      return type(pipe);
    });
    return { code, types };
  });
}

const count = (pipe: PipeArrayBuffer): number => Number(lebDecode(pipe));
const type = (pipe: PipeArrayBuffer): number => Number(slebDecode(pipe));

/** Each turn reads at least one byte, so a count that lies ends with the bytes. */
function times<T>(length: number, read: () => T): T[] {
  const all: T[] = [];
  while (all.length < length) all.push(read());
  return all;
}
