/** The fields of one protobuf message: numbers as bigint, everything else as bytes; of repeated ones all, in order. */
export type Message = ReadonlyMap<number, readonly (bigint | Uint8Array)[]>;

/** Reads a message without knowing its type. Throws where the bytes are none. @see https://protobuf.dev/programming-guides/encoding */
export function readMessage(bytes: Uint8Array): Message {
  const reader = new Reader(bytes);
  const fields = new Map<number, (bigint | Uint8Array)[]>();
  while (!reader.ended) {
    const tag = Number(reader.varint());
    const field = Math.floor(tag / 8);
    if (field === 0) throw new Error('field 0 does not exist');
    const values = fields.get(field) ?? [];
    fields.set(field, values);
    values.push(reader.value(tag % 8));
  }
  return fields;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get ended(): boolean {
    return this.#at >= this.#bytes.length;
  }

  value(wireType: number): bigint | Uint8Array {
    switch (wireType) {
      case 0:
        return this.varint();
      case 1:
        return this.#take(8);
      case 2:
        return this.#take(Number(this.varint()));
      case 5:
        return this.#take(4);
      default:
        throw new Error(`wire type ${wireType} is not used`);
    }
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#take(1)[0] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('a number of more than 64 bits');
  }

  #take(size: number): Uint8Array {
    const end = this.#at + size;
    if (end > this.#bytes.length) throw new Error('the message ends early');
    const taken = this.#bytes.slice(this.#at, end);
    this.#at = end;
    return taken;
  }
}

/** The last value of a field of bytes; undefined where it is not there. */
export function bytesOf(message: Message, field: number): Uint8Array | undefined {
  const value = message.get(field)?.at(-1);
  return value instanceof Uint8Array ? value : undefined;
}

/** The last value of a field of text; empty where it is not there, as protobuf has it. */
export function textOf(message: Message, field: number): string {
  return Buffer.from(bytesOf(message, field) ?? []).toString();
}

/** The last value of a numeric field; 0 where it is not there, as protobuf has it. */
export function numberOf(message: Message, field: number): bigint {
  const value = message.get(field)?.at(-1);
  return typeof value === 'bigint' ? value : 0n;
}

/** A numeric field. */
export function numberField(field: number, value: bigint): Uint8Array {
  return Uint8Array.from([...varint(BigInt(field) * 8n), ...varint(value)]);
}

/** A field of bytes, a text or a message within. */
export function bytesField(field: number, value: Uint8Array): Uint8Array {
  return Uint8Array.from([...varint(BigInt(field) * 8n + 2n), ...varint(BigInt(value.length)), ...value]);
}

function varint(value: bigint): number[] {
  return value < 128n ? [Number(value)] : [Number(value % 128n) + 128, ...varint(value / 128n)];
}
