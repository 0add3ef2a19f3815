/** A reader of protobuf of its own, so that the test does not lean on the encoder it checks. */
export function fields(encoded: Uint8Array, number: number): (bigint | Uint8Array)[] {
  const found: (bigint | Uint8Array)[] = [];
  let rest = Buffer.from(encoded);
  const varint = (): bigint => {
    const length = rest.findIndex((byte) => byte < 0x80) + 1;
    const value = rest.subarray(0, length).reduceRight((sum, byte) => (sum << 7n) | BigInt(byte & 0x7f), 0n);
    rest = rest.subarray(length);
    return value;
  };
  while (rest.length > 0) {
    const tag = varint();
    let value: bigint | Uint8Array = varint();
    if ((tag & 7n) === 2n) {
      const length = Number(value);
      value = new Uint8Array(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    if (tag >> 3n === BigInt(number)) found.push(value);
  }
  return found;
}

export const field = (encoded: Uint8Array, number: number): bigint | Uint8Array | undefined =>
  fields(encoded, number)[0];
export const fieldText = (encoded: Uint8Array, number: number): string =>
  Buffer.from(field(encoded, number) as Uint8Array).toString();

/** Requests by hand, with keys under 128 bytes and versions under 128. */
export const request = {
  getValue: (key: string, version?: number): Uint8Array => {
    const at = version === undefined ? [] : [0x0a, 2, 0x08, version];
    return Uint8Array.from([...at, 0x12, key.length, ...Buffer.from(key)]);
  },
  changesSince: (version: number): Uint8Array => Uint8Array.from([0x08, version]),
};
