import { IDL } from '@icp-sdk/core/candid';
import { boundedMeasurements } from '../domain/measurement-bounds.ts';
import type { Component } from '../domain/component.ts';
import { throwOurs } from '../domain/errors.ts';
import { parseCommitId, parseSha256 } from '../domain/ids.ts';
import type { Action, ElectedVersion, LaunchMeasurement } from '../domain/proposal.ts';
import { sha256 } from '../platform/hash.ts';
import { decodeOne, firmRecord, UnreadableField } from './firm-opt.ts';

const Texts = IDL.Vec(IDL.Text);

/**
 * The payload of an election, every field optional, so that one type reads all generations. The oldest one's
 * `guest_launch_measurement_sha256_hex` is not read: it was never set.
 * @see https://github.com/dfinity/ic/blob/master/rs/registry/canister/canister/registry.did
 */
const LAUNCH_MEASUREMENTS = firmRecord({
  guest_launch_measurements: IDL.Vec(
    firmRecord({
      measurement: IDL.Vec(IDL.Nat8),
      metadata: firmRecord({ kernel_cmdline: IDL.Text, vcpu_type: IDL.Text }),
    }),
  ),
});

/** How a component's election names its fields. */
export interface ElectionFields {
  readonly component: Component;
  readonly elect: string;
  readonly unelect: string;
  readonly measured: boolean;
}

export const GUESTOS_FIELDS: ElectionFields = {
  component: 'guestos',
  elect: 'replica_version_to_elect',
  unelect: 'replica_versions_to_unelect',
  measured: true,
};

export const HOSTOS_FIELDS: ElectionFields = {
  component: 'hostos',
  elect: 'hostos_version_to_elect',
  unelect: 'hostos_versions_to_unelect',
  measured: false,
};

/** What a payload says, not yet judged to be complete. */
export interface Election {
  readonly component: Component;
  readonly version: string | null;
  readonly sha256: string | null;
  readonly urls: readonly string[];
  readonly measurements: readonly LaunchMeasurement[] | null;
  readonly retires: readonly string[];
}

type Opt<T> = [T] | [];
interface Measured {
  measurement: Opt<Uint8Array | number[]>;
  metadata: Opt<{ kernel_cmdline: Opt<string>; vcpu_type: Opt<string> }>;
}

interface MeasurementsField {
  guest_launch_measurements: Opt<Measured[]>;
}

const orNull = <T>(option: Opt<T>): T | null => option[0] ?? null;

/** Decodes a payload. Whatever is there and cannot be read makes the whole of it undecodable. */
export function readElection(fields: ElectionFields, payload: Uint8Array): Election | Undecodable {
  const type = firmRecord({
    release_package_urls: Texts,
    release_package_sha256_hex: IDL.Text,
    [fields.elect]: IDL.Text,
    [fields.unelect]: Texts,
    ...(fields.measured ? { guest_launch_measurements: LAUNCH_MEASUREMENTS } : {}),
  });
  try {
    const value = decodeOne(type, payload) as Record<string, Opt<unknown>>;
    const read = (name: string): unknown => orNull(value[name] ?? []);
    return {
      component: fields.component,
      version: read(fields.elect) as string | null,
      sha256: read('release_package_sha256_hex') as string | null,
      urls: (read('release_package_urls') as string[] | null) ?? [],
      measurements: measurementsOf(read('guest_launch_measurements') as MeasurementsField | null),
      retires: (read(fields.unelect) as string[] | null) ?? [],
    };
  } catch (error) {
    throwOurs(error);
    if (!(error instanceof UnreadableField))
      return undecodable('payload-undecodable', 'The payload is not candid that an election could be.');
    const measurements = MEASUREMENT_FIELDS.has(error.field);
    const code = measurements ? 'measurements-undecodable' : 'payload-field-undecodable';
    return undecodable(code, `The payload's field ${error.field} is there, but cannot be read.`);
  }
}

const MEASUREMENT_FIELDS = new Set([
  'guest_launch_measurements',
  'measurement',
  'metadata',
  'kernel_cmdline',
  'vcpu_type',
]);

function measurementsOf(field: MeasurementsField | null): readonly LaunchMeasurement[] | null {
  if (field === null) return null;
  const [entries] = field.guest_launch_measurements;
  if (!entries) throw new UnreadableField('guest_launch_measurements', 'no list of measurements inside');
  const read = entries.map(({ measurement: [measurement], metadata: [metadata] }) => {
    if (!measurement) throw new UnreadableField('measurement', 'an entry without a measurement');
    return {
      measurement: Buffer.from(measurement).toString('hex'),
      kernelCmdline: metadata ? orNull(metadata.kernel_cmdline) : null,
      vcpuType: metadata ? orNull(metadata.vcpu_type) : null,
    };
  });
  return boundedMeasurements(read, sha256);
}

/** Whether the payload sets anything of an election; then it must set all of it. */
export function electsSomething({ version, sha256, urls, measurements }: Election): boolean {
  return version !== null || sha256 !== null || urls.length > 0 || measurements !== null;
}

/**
 * The elected version, where the payload names it completely.
 * @see https://github.com/dfinity/ic/blob/master/rs/registry/canister/src/mutations/do_revise_elected_replica_versions.rs
 */
export function electedVersion(election: Election): ElectedVersion | Undecodable {
  const { component, version, sha256, urls, measurements, retires } = election;
  if (version === null || sha256 === null) {
    const missing = version === null ? 'a version' : 'a hash';
    return undecodable(
      'elect-fields-half-set',
      `The payload sets a part of what an election needs, but not ${missing}.`,
    );
  }
  const [first, ...others] = urls;
  if (first === undefined)
    return undecodable('no-urls', 'The payload elects a version, but names no URL of its package.');
  const commit = parseCommitId(version);
  if (commit === null) {
    return undecodable(
      'version-not-a-commit',
      `The elected version is not a commit's 40 lower-case hex digits: ${quote(version)}.`,
    );
  }
  const packageSha256 = parseSha256(sha256);
  if (packageSha256 === null) {
    return undecodable('hash-not-sha256', `The package hash is not 64 hex digits: ${quote(sha256)}.`);
  }
  return {
    component,
    commit,
    packageSha256,
    packageUrls: [first, ...others],
    launchMeasurements: measurements,
    retires,
  };
}

export type Undecodable = Extract<Action, { kind: 'undecodable' }>;

/** Of the election topic, but not to be understood. */
export function undecodable(code: string, sentence: string): Undecodable {
  return { kind: 'undecodable', code, sentence };
}

/** Strangers' text inside a sentence of ours: bounded, on one line, in quotes. */
export function quote(text: string): string {
  const line = text.slice(0, 200).replace(/[\p{C}\p{Z}]+/gu, ' ');
  return `“${line.length > 80 ? `${line.slice(0, 79)}…` : line}”`;
}
