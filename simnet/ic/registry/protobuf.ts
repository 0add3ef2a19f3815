import { concat, leb128, utf8 } from '../bytes.ts';

/** One field of a message. Protobuf leaves out numbers that are 0 and texts that are empty; so do these. */
export function number(field: number, value: bigint): Uint8Array {
  return value === 0n ? new Uint8Array() : concat(leb128(BigInt(field << 3)), leb128(value));
}

export function bytes(field: number, value: Uint8Array): Uint8Array {
  return concat(leb128(BigInt((field << 3) | 2)), leb128(BigInt(value.length)), value);
}

export function text(field: number, value: string): Uint8Array {
  return value === '' ? new Uint8Array() : bytes(field, utf8(value));
}

export function message(field: number, ...fields: Uint8Array[]): Uint8Array {
  return bytes(field, concat(...fields));
}

export type FieldValue = bigint | Uint8Array;

/** The fields of a message by number; throws where the bytes are no message. */
export function readMessage(encoded: Uint8Array): Map<number, FieldValue[]> {
  const fields = new Map<number, FieldValue[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = encoded[at++];
      if (byte === undefined) throw new Error('message ends early');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('number over 64 bits');
  };
  while (at < encoded.length) {
    const tag = Number(varint());
    const wire = tag & 7;
    if (wire !== 0 && wire !== 2) throw new Error(`wire type ${wire} is not used here`);
    let value: FieldValue = varint();
    if (wire === 2) {
      const end = at + Number(value);
      if (end > encoded.length) throw new Error('field ends early');
      value = encoded.slice(at, end);
      at = end;
    }
    fields.set(tag >> 3, [...(fields.get(tag >> 3) ?? []), value]);
  }
  return fields;
}

export const firstBytes = (fields: Map<number, FieldValue[]>, field: number): Uint8Array => {
  const value = fields.get(field)?.at(-1) ?? new Uint8Array();
  if (!(value instanceof Uint8Array)) throw new Error(`field ${field} is not of bytes`);
  return value;
};

export const firstNumber = (fields: Map<number, FieldValue[]>, field: number): bigint => {
  const value = fields.get(field)?.at(-1) ?? 0n;
  if (typeof value !== 'bigint') throw new Error(`field ${field} is not a number`);
  return value;
};
