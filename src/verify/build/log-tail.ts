/** The end of a log that grows. */
export interface LogSoFar {
  /** A stranger's lines, each plain and bounded; the one that is not ended yet is not among them. */
  readonly tail: readonly string[];
  readonly lines: number;
}

const LINES = 40;
/** Of a line that does not end, so that no stranger can fill our memory. */
const OPEN_BYTES = 4096;
const NEWLINE = 0x0a;

/** Remembers the last lines of what a build writes. */
export class LogTail {
  #last: Buffer[] = [];
  #lines = 0;
  #open = Buffer.alloc(0);
  #found: string | null = null;
  readonly #find: ((line: string) => string | null) | null;

  /** `find`: what is looked for in every line. */
  constructor(find: ((line: string) => string | null) | null = null) {
    this.#find = find;
  }

  /** What was found first; null: nothing. */
  get found(): string | null {
    return this.#found;
  }

  add(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      // A copy: a view would hold on to the whole buffer that it came in.
      const line = Buffer.concat([this.#open, chunk.subarray(from, end)]).subarray(0, OPEN_BYTES);
      this.#last.push(line);
      if (this.#find) this.#found ??= this.#find(line.toString('utf8'));
      this.#open = Buffer.alloc(0);
      this.#lines += 1;
      from = end + 1;
      if (this.#last.length > 2 * LINES) this.#last = this.#last.slice(-LINES);
    }
    this.#open = Buffer.concat([this.#open, chunk.subarray(from, from + OPEN_BYTES)]).subarray(0, OPEN_BYTES);
  }

  soFar(): LogSoFar {
    return { tail: this.#last.slice(-LINES).map((line) => plainLine(line.toString('utf8'))), lines: this.#lines };
  }
}

/** A stranger's line, made harmless to show: no escape sequences, no control characters, bounded. */
export function plainLine(line: string): string {
  return line
    .replace(/\u001b(?:\[[0-9;?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[()][A-Z0-9]|.)/g, '')
    .replace(/[\p{Cc}\p{Cf}]/gu, '')
    .trim()
    .slice(0, 200);
}
