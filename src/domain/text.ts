/** Bidirectional controls, zero-width and other invisible format characters, and variation-free tag characters. */
const INVISIBLE = /[\p{Cf}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;
/** CSI, OSC, DCS and the other escape sequences of ECMA-48; whole, so that their parameters do not stay as text. */
const ESCAPES =
  /\u001b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?|[ -/]*[0-~])|[\u0080-\u009f]/g;
const CONTROLS = /[\u0000-\u001f\u007f]/g;

/**
 * Strangers' text as one bounded line that does nothing: no escape sequence, control, invisible or reordering
 * character. At most `limit` UTF-16 units, cut with an ellipsis, never within a character.
 */
export function plainText(text: string, limit: number): string {
  // A cut before the work bounds the time as well: a summary may have 100 KB.
  const line = text
    .slice(0, limit * 8)
    .replace(ESCAPES, '')
    .replace(CONTROLS, ' ')
    .replace(INVISIBLE, '')
    .replace(/\s+/g, ' ')
    .trim();
  const cut = text.length > limit * 8;
  if (line.length <= limit && !cut) return line;
  return `${line.slice(0, Math.max(0, limit - 1)).replace(/[\ud800-\udbff]$/, '')}…`;
}
