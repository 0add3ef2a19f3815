import { IDL } from '@icp-sdk/core/candid';
import type { Layout, Measurement } from '../../types.ts';
import { fromHex } from '../bytes.ts';
import type { NnsFunction, Shown } from './proposal.ts';

// Payload types of the registry canister in each of their generations.
// @see dfinity/ic rs/registry/canister/canister/registry.did and its history
const Texts = IDL.Vec(IDL.Text);
const OptText = IDL.Opt(IDL.Text);
const Blob = IDL.Vec(IDL.Nat8);

/** How a measurement's entry is written: until the end of 2025, until May 2026, since then, and never. */
const METADATA = {
  text: IDL.Record({ kernel_cmdline: IDL.Text }),
  optional: IDL.Record({ kernel_cmdline: OptText }),
  withCpu: IDL.Record({ kernel_cmdline: OptText, vcpu_type: OptText }),
};

/** Candid of the measurements; `none`: the field had another name and was always null; `foreign`: text, not bytes. */
export type Generation = 'none' | 'text' | 'optional' | 'withCpu' | 'foreign';

/** The generation that was in use when a layout appeared. */
export const GENERATION_OF: Record<Layout, Generation> = {
  '2024-09': 'none',
  '2025-05': 'none',
  '2025-08': 'text',
  '2025-10': 'text',
  '2026-06': 'withCpu',
};

function guestosType(generation: Generation): IDL.Type {
  const common = {
    release_package_urls: Texts,
    replica_versions_to_unelect: Texts,
    replica_version_to_elect: OptText,
    release_package_sha256_hex: OptText,
  };
  if (generation === 'none') return IDL.Record({ ...common, guest_launch_measurement_sha256_hex: OptText });
  const entry =
    generation === 'foreign'
      ? IDL.Record({ metadata: IDL.Opt(METADATA.withCpu), measurement: IDL.Text })
      : IDL.Record({ metadata: IDL.Opt(METADATA[generation]), measurement: Blob });
  const measurements = IDL.Record({ guest_launch_measurements: IDL.Vec(entry) });
  return IDL.Record({ ...common, guest_launch_measurements: IDL.Opt(measurements) });
}

export interface Election {
  version: string | null;
  sha256: string | null;
  urls: string[];
  retires: string[];
  /** Null: the field is absent or null. */
  measurements: Measurement[] | null;
  generation: Generation;
}

export function electGuestos(election: Election): NnsFunction {
  const { version, sha256, urls, retires, measurements, generation } = election;
  const value = {
    release_package_urls: urls,
    replica_versions_to_unelect: retires,
    replica_version_to_elect: opt(version),
    release_package_sha256_hex: opt(sha256),
    guest_launch_measurement_sha256_hex: [],
    guest_launch_measurements: opt(
      measurements && { guest_launch_measurements: measurements.map((entry) => candidMeasurement(entry, generation)) },
    ),
  };
  const shown: Record<string, Shown> = {
    release_package_urls: urls,
    replica_versions_to_unelect: retires,
    replica_version_to_elect: version,
    release_package_sha256_hex: sha256,
  };
  if (generation !== 'none') shown['guest_launch_measurements'] = shownMeasurements(measurements);
  const payload = encode(guestosType(generation), value);
  return { number: 38, name: 'ReviseElectedGuestosVersions', payload, shown: { fields: shown } };
}

export function electHostos({ version, sha256, urls, retires }: Election): NnsFunction {
  const type = IDL.Record({
    release_package_urls: Texts,
    hostos_version_to_elect: OptText,
    hostos_versions_to_unelect: Texts,
    release_package_sha256_hex: OptText,
  });
  const fields = {
    release_package_urls: urls,
    hostos_version_to_elect: version,
    hostos_versions_to_unelect: retires,
    release_package_sha256_hex: sha256,
  };
  const payload = encode(type, {
    ...fields,
    hostos_version_to_elect: opt(version),
    release_package_sha256_hex: opt(sha256),
  });
  return { number: 50, name: 'ReviseElectedHostosVersions', payload, shown: { fields } };
}

/** The obsolete election of one version, function 5. */
export function blessReplicaVersion(version: string, sha256: string, urls: string[]): NnsFunction {
  const fields = { replica_version_id: version, release_package_sha256_hex: sha256, release_package_urls: urls };
  const type = IDL.Record({
    ...textFields(['replica_version_id', 'release_package_sha256_hex']),
    release_package_urls: Texts,
  });
  return { number: 5, name: 'BlessReplicaVersion', payload: encode(type, fields), shown: { fields } };
}

/** The obsolete retirement, function 36. */
export function retireReplicaVersions(versions: string[]): NnsFunction {
  const fields = { replica_version_ids: versions };
  const payload = encode(IDL.Record({ replica_version_ids: Texts }), fields);
  return { number: 36, name: 'RetireReplicaVersion', payload, shown: { fields } };
}

/** A payload of text fields only, as the deployments of function 47, 48 and 51 come close to. */
export function textPayload(number: number, name: string, fields: Record<string, string>): NnsFunction {
  return { number, name, payload: encode(IDL.Record(textFields(Object.keys(fields))), fields), shown: { fields } };
}

const textFields = (names: string[]): Record<string, IDL.Type> =>
  Object.fromEntries(names.map((name) => [name, IDL.Text]));
const opt = <T>(value: T | null): [] | [T] => (value === null ? [] : [value]);
const encode = (type: IDL.Type, value: unknown): Uint8Array => new Uint8Array(IDL.encode([type], [value]));

function candidMeasurement({ measurement, kernel_cmdline, vcpu_type }: Measurement, generation: Generation): unknown {
  return {
    measurement: generation === 'foreign' ? measurement : fromHex(measurement),
    metadata: [
      { kernel_cmdline: generation === 'text' ? kernel_cmdline : [kernel_cmdline], vcpu_type: opt(vcpu_type ?? null) },
    ],
  };
}

function shownMeasurements(measurements: Measurement[] | null): Shown {
  if (measurements === null) return null;
  const entries = measurements.map(({ measurement, ...metadata }) => ({
    fields: { measurement: { blob: fromHex(measurement) }, metadata: { fields: { ...metadata } } },
  }));
  return { fields: { guest_launch_measurements: entries } };
}
