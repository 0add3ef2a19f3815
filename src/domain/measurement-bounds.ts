import type { LaunchMeasurement } from './proposal.ts';

/** What a text may have: a command line of Linux has at most 2048 characters, a measurement 96 digits. */
const MOST_TEXT = 2048;
/** Honest releases have a handful of entries. */
const MOST_ENTRIES = 64;

/**
 * Measurements as they are kept and compared: of what is too long, or too many, the beginning and a digest of the whole
 * stay. Two lists are the same in this form if and only if they are the same, in any order. `digest` gives SHA-256 in hex.
 */
export function boundedMeasurements(
  entries: readonly LaunchMeasurement[],
  digest: (text: string) => string,
): readonly LaunchMeasurement[] {
  const texts = (text: string): string => boundedText(text, digest);
  const short = entries.map(({ measurement, kernelCmdline, vcpuType }) => ({
    measurement: texts(measurement),
    kernelCmdline: kernelCmdline === null ? null : texts(kernelCmdline),
    vcpuType: vcpuType === null ? null : texts(vcpuType),
  }));
  if (short.length <= MOST_ENTRIES) return short;
  const sorted = short.map((entry) => ({ entry, text: textOf(entry) })).sort((a, b) => (a.text < b.text ? -1 : 1));
  const all = digest(sorted.map(({ text }) => text).join('\n'));
  const kept = sorted.slice(0, MOST_ENTRIES - 1).map(({ entry }) => entry);
  const rest = `${sorted.length - kept.length} more entries (SHA-256 of all: ${all})`;
  return [...kept, { measurement: rest, kernelCmdline: null, vcpuType: null }];
}

/** Longer than any text that is not cut, so that it is equal to none of those. */
function boundedText(text: string, digest: (text: string) => string): string {
  if (text.length <= MOST_TEXT) return text;
  return `${text.slice(0, MOST_TEXT).toWellFormed()}… (${text.length} characters, SHA-256 ${digest(text)})`;
}

function textOf({ measurement, kernelCmdline, vcpuType }: LaunchMeasurement): string {
  return JSON.stringify([measurement, kernelCmdline, vcpuType]);
}
