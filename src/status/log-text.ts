import type { LogPart } from '../domain/status-queries.ts';
import { logLine } from '../domain/text.ts';

/** What a build wrote, as lines that can only be read. `cut`: the first line is a part of one, and left out. */
export function logLines(bytes: Uint8Array, cut: boolean): readonly string[] {
  const lines = new TextDecoder().decode(bytes).split(/\r\n|\n|\r(?!\n)/);
  return lines.slice(cut && lines.length > 1 ? 1 : 0).map((line) => logLine(line));
}

/** Bytes of a log in one answer. */
export const LOG_BYTES = 262_144;

/** A part of a log as plain text, which says what it is a part of and where it goes on. */
export function logText(network: string, path: string, { bytes, from, total }: LogPart): string {
  const end = from + bytes.length;
  const remark = network === 'mainnet' ? [] : [network];
  const where = `[nns-watch: bytes ${from} to ${end} of ${total}]`;
  const more = end < total ? [`[nns-watch: more at ${path}?from=${end}]`] : [];
  return `${[...remark, where, ...logLines(bytes, false), ...more].join('\n')}\n`;
}
