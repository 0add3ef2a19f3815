import { boundedMeasurements } from '../domain/measurement-bounds.ts';
import type { LaunchMeasurement } from '../domain/proposal.ts';
import { sha256 } from '../platform/hash.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The entries of a launch-measurements.json; null when the bytes are anything else. More fields than we know are no
 * trouble, since the file has grown before (`metadata.vcpu_type` in 2026-06).
 * @see https://github.com/dfinity/ic/blob/master/ic-os/defs.bzl (generate-launch-measurements.json)
 */
export function parseMeasurementsFile(bytes: Uint8Array): readonly LaunchMeasurement[] | null {
  return entriesOf(parseJson(bytes), (value) => hexOfBytes(value) ?? hexOfText(value));
}

/** The same field as the dashboard shows it, with each measurement as hex text: what can be read of it. null: no list. */
export function measurementsFromHex(
  json: unknown,
): { readonly read: readonly LaunchMeasurement[]; readonly odd: number } | null {
  const entries = listOf(json)?.map((item) => entryOf(fields(item), hexOfText));
  if (!entries) return null;
  const read = entries.filter((entry) => entry !== null);
  return { read: boundedMeasurements(read, sha256), odd: entries.length - read.length };
}

/** The value of JSON text in UTF-8; undefined when it is not. */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

function entriesOf(json: unknown, hex: (value: unknown) => string | null): readonly LaunchMeasurement[] | null {
  const entries = listOf(json)?.map((item) => entryOf(fields(item), hex));
  return entries?.every((entry) => entry !== null) ? boundedMeasurements(entries, sha256) : null;
}

function listOf(json: unknown): readonly unknown[] | null {
  const list = fields(json)?.['guest_launch_measurements'];
  return Array.isArray(list) ? (list as unknown[]) : null;
}

function entryOf(item: Fields | null, hex: (value: unknown) => string | null): LaunchMeasurement | null {
  const measurement = hex(item?.['measurement']);
  const metadata = item?.['metadata'] ?? {};
  const known = fields(metadata);
  if (measurement === null || !known) return null;
  const kernelCmdline = optionalText(known['kernel_cmdline']);
  const vcpuType = optionalText(known['vcpu_type']);
  if (kernelCmdline === undefined || vcpuType === undefined) return null;
  return { measurement, kernelCmdline, vcpuType };
}

function hexOfBytes(value: unknown): string | null {
  if (!Array.isArray(value) || value.length === 0) return null;
  const isByte = (item: unknown): boolean => Number.isInteger(item) && Number(item) >= 0 && Number(item) <= 255;
  return value.every(isByte) ? Buffer.from(value as number[]).toString('hex') : null;
}

function hexOfText(value: unknown): string | null {
  return typeof value === 'string' && /^(?:[0-9a-f]{2})+$/i.test(value) ? value.toLowerCase() : null;
}

/** null where it is not given; undefined where it is given and no text. */
function optionalText(value: unknown): string | null | undefined {
  if (value === null || value === undefined) return null;
  return typeof value === 'string' ? value : undefined;
}

function fields(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}
