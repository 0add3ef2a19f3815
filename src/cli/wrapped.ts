import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';

/** What a terminal shows of itself in one line where nobody says how wide it is. */
const USUAL = 80;
const FEWEST = 20;

/** Columns of a terminal; of anything else as many as a terminal usually has. */
export function widthOf({ columns }: { readonly columns?: number | undefined }): number {
  return columns === undefined || columns <= 0 ? USUAL : Math.max(FEWEST, columns);
}

/** A text as lines that are no wider; what follows the first is indented. Words are broken only where they must be. */
export function wrapped(text: string, width: number, indent = 0): string[] {
  const space = ' '.repeat(indent);
  const lines = wrapAnsi(text, Math.max(1, width - indent), { hard: true, trim: true }).split('\n');
  // The first one has no indentation, but may be as long as the others only: its mark stands within it.
  return lines.map((line, at) => (at === 0 ? line : `${space}${line}`));
}

/**
 * Each of these within so many columns. What is continued stands further in than where it began, so that no part of a
 * stranger's text begins a line.
 */
export function within(lines: readonly string[], width: number): string[] {
  return lines.flatMap((line) => {
    if (stringWidth(line) <= width) return [line];
    const space = /^ */.exec(line)?.[0] ?? '';
    return wrapped(line.trimStart(), width - space.length, 2).map((each) => `${space}${each}`);
  });
}

/** Cells below one another; the last column is as wide as it is. */
export function columns(rows: readonly (readonly string[])[], gap = 2): string[] {
  const most = rows.reduce((sum, row) => Math.max(sum, row.length), 0);
  const widths = Array.from({ length: most }, (_, at) => {
    return rows.reduce((sum, row) => Math.max(sum, stringWidth(row[at] ?? '')), 0);
  });
  return rows.map((row) =>
    row
      .map((cell, at) =>
        at === row.length - 1 ? cell : cell + ' '.repeat((widths[at] ?? 0) - stringWidth(cell) + gap),
      )
      .join('')
      .trimEnd(),
  );
}

/** Rows of a table: cut at the edge of a terminal, whole for everybody else. */
export function fitted(lines: readonly string[], stream: { readonly columns?: number | undefined }): string[] {
  return stream.columns === undefined ? [...lines] : lines.map((line) => cut(line, widthOf(stream)));
}

/** One line of plain text that is no wider. */
export function cut(line: string, width: number): string {
  if (stringWidth(line) <= width) return line;
  let [text, used] = ['', 0];
  for (const { segment } of new Intl.Segmenter().segment(line)) {
    used += stringWidth(segment);
    if (used > width - 1) break;
    text += segment;
  }
  return `${text}…`;
}
