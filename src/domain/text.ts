/** What shows nothing, or reorders what stands around it: zero-width, bidirectional, variation selectors, fillers. */
const INVISIBLE = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Zl}\p{Zp}\u2800]/gu;
/** CSI, OSC, DCS and the other escape sequences of ECMA-48; whole, so that their parameters do not stay as text. */
const ESCAPES =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|[ -/]*[0-~])|[\u0080-\u009f]/g;
const CONTROLS = /[\u0000-\u001f\u007f]/g;
/** No script stacks more marks on one letter; more of them paint over the lines above and below. */
const STACKED_MARKS = /(\p{M}{4})\p{M}+/gu;

/**
 * Strangers' text as one bounded line that does nothing: no escape sequence, control, invisible or reordering
 * character, no heap of accents. At most `limit` UTF-16 units, cut with an ellipsis, never within a character.
 */
export function plainText(text: string, limit: number): string {
  // A cut before the work bounds the time as well: a summary may have 100 KB.
  const line = text
    .slice(0, limit * 8)
    .toWellFormed()
    .replace(ESCAPES, '')
    .replace(CONTROLS, ' ')
    .replace(INVISIBLE, '')
    .replace(STACKED_MARKS, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  if (line.length <= limit && text.length <= limit * 8) return line;
  return `${line.slice(0, Math.max(0, limit - 1)).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Longest line of a log that is shown whole. */
const LOG_LINE = 1000;

/** One line that a build wrote, as text that does nothing; logs are read by their indentation. */
export function logLine(line: string): string {
  const [space = ''] = /^ {0,32}/.exec(line) ?? [];
  return `${space}${plainText(line, LOG_LINE)}`;
}
