import { crc32 } from 'node:zlib';
import { compareBytes, concat, sha224 } from './bytes.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** The caller without a key. @see https://internetcomputer.org/docs/references/ic-interface-spec#id-classes */
export const ANONYMOUS = Uint8Array.of(4);

/** Id of a key: 29 bytes, class 2. */
export function selfAuthenticating(publicKeyDer: Uint8Array): Uint8Array {
  return concat(sha224(publicKeyDer), Uint8Array.of(2));
}

/** Grouped, lower-case base32 of checksum and bytes. */
export function principalToText(bytes: Uint8Array): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  return (base32(concat(checksum, bytes)).match(/.{1,5}/g) ?? []).join('-');
}

/** Undefined where the text is not exactly what `principalToText` would write. */
export function principalFromText(text: string): Uint8Array | undefined {
  const bytes = unbase32(text.replaceAll('-', ''));
  if (bytes === undefined || bytes.length < 4 || bytes.length > 33) return undefined;
  const principal = bytes.slice(4);
  return principalToText(principal) === text ? principal : undefined;
}

export function isInRange(id: Uint8Array, first: Uint8Array, last: Uint8Array): boolean {
  return compareBytes(first, id) <= 0 && compareBytes(id, last) <= 0;
}

function base32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = ((value << 8) | byte) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) text += ALPHABET.charAt((value >> (bits - 5)) & 31);
  }
  return bits > 0 ? text + ALPHABET.charAt((value << (5 - bits)) & 31) : text;
}

function unbase32(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text) {
    const index = ALPHABET.indexOf(letter);
    if (index < 0) return undefined;
    value = ((value << 5) | index) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 0xff);
    }
  }
  return Uint8Array.from(bytes);
}
