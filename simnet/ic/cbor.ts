import { concat, fromUtf8, utf8 } from './bytes.ts';

/** What the Internet Computer puts into CBOR. Integers are always bigint, so that no width is lost. */
export type Cbor = bigint | string | Uint8Array | boolean | null | Cbor[] | { [key: string]: Cbor };

const SELF_DESCRIBED = Uint8Array.of(0xd9, 0xd9, 0xf7);

/** With the self-described tag 55799, which the interface specification asks for. */
export function encodeCbor(value: Cbor): Uint8Array {
  return concat(SELF_DESCRIBED, item(value));
}

function item(value: Cbor): Uint8Array {
  if (typeof value === 'bigint') return head(0, value);
  if (typeof value === 'string') return concat(head(3, utf8(value).length), utf8(value));
  if (typeof value === 'boolean') return Uint8Array.of(value ? 0xf5 : 0xf4);
  if (value === null) return Uint8Array.of(0xf6);
  if (value instanceof Uint8Array) return concat(head(2, value.length), value);
  if (Array.isArray(value)) return concat(head(4, value.length), ...value.map(item));
  const entries = Object.entries(value);
  return concat(head(5, entries.length), ...entries.flatMap(([key, inner]) => [item(key), item(inner)]));
}

function head(major: number, argument: number | bigint): Uint8Array {
  const value = BigInt(argument);
  const bytes = Buffer.alloc(9);
  if (value < 24n) return Uint8Array.of((major << 5) | Number(value));
  if (value < 0x100n) return Uint8Array.of((major << 5) | 24, Number(value));
  const [code, width] = value < 0x10000n ? [25, 2] : value < 0x100000000n ? [26, 4] : [27, 8];
  bytes[0] = (major << 5) | code;
  if (width === 8) bytes.writeBigUInt64BE(value, 1);
  else bytes.writeUIntBE(Number(value), 1, width);
  return new Uint8Array(bytes.subarray(0, 1 + width));
}

/** Throws on anything that is not one well-formed item of the kinds above. */
export function decodeCbor(bytes: Uint8Array): Cbor {
  const reader = new Reader(Buffer.from(bytes));
  const value = reader.item();
  if (reader.position !== bytes.length) throw new Error('bytes after the CBOR item');
  return value;
}

class Reader {
  position = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  item(depth = 0): Cbor {
    if (depth > 64) throw new Error('CBOR nested too deeply');
    const first = this.#bytes.readUInt8(this.position++);
    const major = first >> 5;
    if (major === 7) return simple(first);
    const argument = this.#argument(first & 31);
    if (major === 0) return argument;
    if (major === 2) return new Uint8Array(this.#take(argument));
    if (major === 3) return fromUtf8(this.#take(argument));
    if (major === 4) return Array.from({ length: Number(argument) }, () => this.item(depth + 1));
    if (major === 5) return this.#map(argument, depth);
    if (major === 6) return this.item(depth + 1);
    throw new Error(`CBOR major type ${major} is not used here`);
  }

  #map(length: bigint, depth: number): Cbor {
    const entries: [string, Cbor][] = [];
    for (let i = 0n; i < length; i++) {
      const key = this.item(depth + 1);
      if (typeof key !== 'string') throw new Error('CBOR map with a key that is not text');
      entries.push([key, this.item(depth + 1)]);
    }
    return Object.fromEntries(entries);
  }

  #argument(info: number): bigint {
    if (info < 24) return BigInt(info);
    const width = [1, 2, 4, 8][info - 24];
    if (width === undefined) throw new Error('CBOR of indefinite length');
    const bytes = this.#take(BigInt(width));
    return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  }

  #take(length: bigint): Uint8Array {
    const end = this.position + Number(length);
    if (end > this.#bytes.length) throw new Error('CBOR ends early');
    const bytes = this.#bytes.subarray(this.position, end);
    this.position = end;
    return bytes;
  }
}

function simple(first: number): Cbor {
  if (first === 0xf4) return false;
  if (first === 0xf5) return true;
  if (first === 0xf6 || first === 0xf7) return null;
  throw new Error('CBOR simple value or float is not used here');
}
