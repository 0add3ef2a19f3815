import { IDL } from '@icp-sdk/core/candid';

export const COMMIT = '79faae8b354edbf45ae858f1c88bcd1eba4897a5';
export const OTHER = 'c7552446000000000000000000000000000000ab';
export const SHA256 = '8819fe2c230cc62300c146b6ee644d934df336cb9d17a146999d3bb2449c53b1';
export const URLS = ['systems', 'network'].map(
  (mirror) => `https://download.dfinity.${mirror}/ic/${COMMIT}/guest-os/update-img/update-img.tar.zst`,
);

/** Field name → type and value, so that every test can say exactly what is on the wire. */
export type Wire = Record<string, [type: IDL.Type, value: unknown]>;

export function encode(fields: Wire): Uint8Array {
  const types = Object.fromEntries(Object.entries(fields).map(([name, [type]]) => [name, type]));
  const values = Object.fromEntries(Object.entries(fields).map(([name, [, value]]) => [name, value]));
  return new Uint8Array(IDL.encode([IDL.Record(types)], [values]));
}

const OptText = IDL.Opt(IDL.Text);
const Texts = IDL.Vec(IDL.Text);

export const guestosWire: Wire = {
  release_package_urls: [Texts, URLS],
  replica_versions_to_unelect: [Texts, [OTHER]],
  replica_version_to_elect: [OptText, [COMMIT]],
  release_package_sha256_hex: [OptText, [SHA256]],
};

export const hostosWire: Wire = {
  release_package_urls: [Texts, URLS],
  hostos_versions_to_unelect: [Texts, []],
  hostos_version_to_elect: [OptText, [COMMIT]],
  release_package_sha256_hex: [OptText, [SHA256]],
};

export const nothingElected: Wire = {
  release_package_urls: [Texts, []],
  replica_version_to_elect: [OptText, []],
  release_package_sha256_hex: [OptText, []],
};

export const MEASUREMENT = Uint8Array.from({ length: 48 }, (_, index) => index + 1);

/** The three ways in which the metadata of a measurement has been written. */
export const METADATA = {
  text: IDL.Record({ kernel_cmdline: IDL.Text }),
  optional: IDL.Record({ kernel_cmdline: OptText }),
  withCpu: IDL.Record({ kernel_cmdline: OptText, vcpu_type: OptText }),
};

export function measurementsWire(entry: IDL.RecordClass, values: unknown[]): Wire {
  const type = IDL.Opt(IDL.Record({ guest_launch_measurements: IDL.Vec(entry) }));
  return { guest_launch_measurements: [type, [{ guest_launch_measurements: values }]] };
}

/** Unsigned LEB128. */
function leb(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...leb(Math.floor(value / 128))];
}

const didl = (...bytes: number[]): Uint8Array => Uint8Array.from([...Buffer.from('DIDL'), ...bytes]);

/** One record with an unknown field of type `vec null` that claims so many elements: a few bytes, much memory. */
export function bomb(count: number): Uint8Array {
  return didl(2, 0x6c, 1, 1, 1, 0x6d, 0x7f, 1, 0, ...leb(count));
}

/** One record with an unknown field that is a vector of the type written as `element`, which becomes type 2. */
export function bombOf(element: number[], elements: number, count: number): Uint8Array {
  return didl(2 + elements, 0x6c, 1, 1, 1, 0x6d, 2, ...element, 1, 0, ...leb(count));
}

/** The vector of nothing inside an opt inside a variant. */
export function optionalBomb(count: number): Uint8Array {
  return didl(4, 0x6c, 1, 1, 1, 0x6e, 2, 0x6b, 1, 0, 3, 0x6d, 0x70, 1, 0, 1, 0, ...leb(count));
}

/** Each element has one byte on the wire and so many fields. */
export function wideBomb(size: number): Uint8Array {
  const nothing = Array.from({ length: size }, (_, index) => [...leb(index), 0x7f]).flat();
  const element = [0x6c, ...leb(size + 1), ...nothing, ...leb(size), 0x7e];
  const head = bombOf(element, 1, size);
  return Uint8Array.from([...head, ...new Uint8Array(size)]);
}

/** Each of many elements has one byte on the wire and so many records around it. */
export function deepBomb(depth: number, count: number): Uint8Array {
  const records = Array.from({ length: depth }, (_, index) => [
    0x6c,
    1,
    0,
    ...(index + 1 < depth ? leb(index + 3) : [0x7e]),
  ]);
  return didl(
    ...leb(2 + depth),
    0x6c,
    1,
    1,
    1,
    0x6d,
    2,
    ...records.flat(),
    1,
    0,
    ...leb(count),
    ...new Uint8Array(count),
  );
}
