import { asWatchError, WatchError } from '../domain/errors.ts';
import { unavailable, type Observation, type RegistryVersion } from '../domain/evidence.ts';
import { boundedMeasurements } from '../domain/measurement-bounds.ts';
import type { Blobs } from '../domain/ports.ts';
import type { LaunchMeasurement } from '../domain/proposal.ts';
import { sha256 } from '../platform/hash.ts';
import { atAnyHost, type BoundaryDeps } from './boundary.ts';
import { certifiedCall, nothingReached } from './certified-call.ts';
import { bytesOf, readMessage, textOf, type Message } from './protobuf.ts';
import { latestValueRequest, readValue } from './registry-records.ts';

export interface RegistryDeps extends BoundaryDeps {
  readonly canisterId: string;
  readonly blobs: Blobs;
}

/** What the registry holds of one version now, through consensus. `key`: `replica_version_…` or `hostos_version_…`. */
export async function readVersionRecord(
  key: string,
  signal: AbortSignal,
  deps: RegistryDeps,
): Promise<Observation<RegistryVersion>> {
  const { canisterId, clock, blobs } = deps;
  const source = `canister ${canisterId} get_value(${key})`;
  const call = { canisterId, method: 'get_value', arg: latestValueRequest(key) };
  const reached = await atAnyHost(deps, signal, (session) => certifiedCall(session, call, deps));
  if (reached.status === 'failed') return nothingReached(reached, source, clock.now());
  const file = await blobs.put(reached.value.evidence);
  const seen = { source: `${source}, certified, via ${reached.host}`, observedAt: clock.now(), file };
  try {
    return { status: 'observed', value: readVersion(key, readValue(key, reached.value.reply)), ...seen };
  } catch (thrown) {
    const { kind, code, message } = asWatchError(thrown);
    const absent = code === 'registry-key-absent';
    const why = absent ? `The registry has no ${key}.` : `The registry’s ${key} cannot be read: ${message}`;
    const malformed = kind === 'bug' && !(thrown instanceof WatchError) ? 'malformed' : kind;
    return { ...unavailable(absent ? 'absent' : malformed, code, why, seen.source, seen.observedAt, false), file };
  }
}

/** Far more than any record has; what a stranger writes is bounded here like everything else. */
const MOST = { urls: 64, text: 4096 } as const;

/**
 * ReplicaVersionRecord: release_package_sha256_hex (6), release_package_urls (7), launch measurements.
 * HostosVersionRecord: release_package_urls (1), release_package_sha256_hex (2).
 * @see https://github.com/dfinity/ic/tree/master/rs/protobuf/def/registry
 */
export function readVersion(key: string, record: Uint8Array): RegistryVersion {
  const message = readMessage(record);
  const hostos = key.startsWith('hostos_version_');
  const held = textOf(message, hostos ? 2 : 6);
  const urls = texts(message, hostos ? 1 : 7);
  if (held === '' || held.length > MOST.text || urls.length > MOST.urls || urls.some((url) => url.length > MOST.text)) {
    throw new WatchError('malformed', 'version-record-unreadable', 'it names no package, or more than one can have');
  }
  const measured = hostos ? null : measurementsIn(message);
  return { sha256: held, urls, launchMeasurements: measured && boundedMeasurements(measured, sha256) };
}

function texts(message: Message, field: number): readonly string[] {
  const values = message.get(field) ?? [];
  return values.map((value) => (value instanceof Uint8Array ? Buffer.from(value).toString() : String(value)));
}

/** Fields before this one were never launch measurements as a list. */
const FIRST_FIELD = 8;

/**
 * GuestLaunchMeasurements: entries (1), each measurement (1) and metadata (2) with kernel_cmdline (1) and vcpu_type (2).
 * They are found by their shape, since the number of their field in the record is younger than the sources we could read.
 */
function measurementsIn(record: Message): readonly LaunchMeasurement[] | null {
  const values = [...record].flatMap(([field, all]) => (field < FIRST_FIELD ? [] : all.slice(-1)));
  const unknown = values.filter((value) => value instanceof Uint8Array).filter((value) => !isName(value));
  for (const value of unknown) {
    const entries = entriesOf(value);
    if (entries !== null) return entries;
  }
  if (unknown.length === 0) return null;
  // Measurements that cannot be read are not the same as none.
  throw new WatchError('malformed', 'version-record-unreadable', 'it has a field that cannot be understood');
}

/** Such as the version’s own id. */
const isName = (value: Uint8Array): boolean => /^[A-Za-z0-9._-]*$/.test(Buffer.from(value).toString('latin1'));

/** null: it is something else. */
function entriesOf(value: Uint8Array): readonly LaunchMeasurement[] | null {
  const message = messageOf(value);
  const entries = (message?.get(1) ?? []).map((entry) => (entry instanceof Uint8Array ? entryOf(entry) : null));
  return entries.length > 0 && entries.every((entry) => entry !== null) ? entries : null;
}

function entryOf(value: Uint8Array): LaunchMeasurement | null {
  const entry = messageOf(value);
  const measurement = entry && bytesOf(entry, 1);
  if (!measurement) return null;
  const metadata = messageOf(bytesOf(entry, 2) ?? new Uint8Array());
  const text = (field: number): string | null => {
    const bytes = metadata && bytesOf(metadata, field);
    return bytes ? Buffer.from(bytes).toString() : null;
  };
  return { measurement: Buffer.from(measurement).toString('hex'), kernelCmdline: text(1), vcpuType: text(2) };
}

/** null: the bytes are no message. */
function messageOf(bytes: Uint8Array): Message | null {
  try {
    return readMessage(bytes);
  } catch {
    return null;
  }
}
