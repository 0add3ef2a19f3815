import { styleText } from 'node:util';
import { MARKS, type Mark } from '../domain/marks.ts';

const COLOURS = {
  verified: 'green',
  mismatch: 'red',
  inconclusive: 'yellow',
  skipped: 'dim',
  warning: 'yellow',
} as const satisfies Record<Mark, string>;

const BY_SIGN = new Map(Object.entries(MARKS).map(([mark, sign]) => [sign as string, mark as Mark]));

/** A mark in its colour, where standard output shows colours: on a terminal unless NO_COLOR is set, or with FORCE_COLOR. */
export function sign(mark: Mark): string {
  return styled(mark, MARKS[mark], process.stdout);
}

/** A text in the colour of a mark. */
export function styled(mark: Mark, text: string, stream: NodeJS.WritableStream): string {
  return styleText(COLOURS[mark], text, { stream });
}

/** A report for people, the marks that begin its lines in colour where the stream shows colours. */
export function coloured(text: string, stream: NodeJS.WritableStream): string {
  return text.replace(/^[✔✖⚠?](?= )/gmu, (found) => styled(BY_SIGN.get(found) ?? 'skipped', found, stream));
}

/** Says on standard error what failed. The text is plain already. */
export function printFailure(text: string): void {
  process.stderr.write(coloured(`${MARKS.mismatch} ${text}\n`, process.stderr));
}
