import { closeSync, openSync, writeSync } from 'node:fs';

const NEWLINE = 0x0a;

/**
 * Keeps the beginning of a stream and its last bytes, and says in between how much it left out: the reason of a
 * failure stands at the end, and no stranger can fill our memory or disk.
 */
export class BoundedOutput {
  bytes = 0;
  readonly #headLimit: number;
  readonly #tailLimit: number;
  readonly #head: (chunk: Buffer) => void;
  #headRoom: number;
  #tail: Buffer[] = [];
  #tailBytes = 0;

  constructor(limit: number, head: (chunk: Buffer) => void) {
    this.#tailLimit = Math.min(65_536, Math.floor(limit / 4));
    this.#headLimit = limit - this.#tailLimit;
    this.#headRoom = this.#headLimit;
    this.#head = head;
  }

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    const taken = Math.min(this.#headRoom, chunk.length);
    if (taken > 0) this.#head(chunk.subarray(0, taken));
    this.#headRoom -= taken;
    if (taken < chunk.length) this.#addToTail(chunk.subarray(taken));
  }

  /** What follows the beginning: nothing, the rest, or the mark and the last bytes. */
  end(): { readonly rest: Buffer; readonly truncated: boolean } {
    const tail = Buffer.concat(this.#tail);
    const kept = tail.subarray(Math.max(0, tail.length - this.#tailLimit));
    const left = this.bytes - (this.#headLimit - this.#headRoom) - kept.length;
    if (left === 0) return { rest: kept, truncated: false };
    return { rest: Buffer.concat([Buffer.from(`\n[... ${left} bytes were not kept ...]\n`), kept]), truncated: true };
  }

  #addToTail(chunk: Buffer): void {
    // A copy: a view would hold on to the whole buffer that it came in.
    this.#tail.push(Buffer.from(chunk));
    this.#tailBytes += chunk.length;
    if (this.#tailBytes < 4 * this.#tailLimit) return;
    const all = Buffer.concat(this.#tail);
    this.#tail = [Buffer.from(all.subarray(all.length - this.#tailLimit))];
    this.#tailBytes = this.#tailLimit;
  }
}

/** A bounded output in memory. */
export class BoundedText {
  readonly #chunks: Buffer[] = [];
  readonly #output: BoundedOutput;

  constructor(limit: number) {
    this.#output = new BoundedOutput(limit, (chunk) => this.#chunks.push(Buffer.from(chunk)));
  }

  add(chunk: Buffer): void {
    this.#output.add(chunk);
  }

  end(): { readonly text: string; readonly truncated: boolean } {
    const { rest, truncated } = this.#output.end();
    return { text: Buffer.concat([...this.#chunks, rest]).toString('utf8'), truncated };
  }
}

/** A bounded output on disk. Where the disk is full the log is cut short; the process goes on. */
export class BoundedLog {
  readonly #output: BoundedOutput;
  readonly #fd: number;
  #lost = false;

  constructor(path: string, limit: number) {
    this.#fd = openSync(path, 'wx', 0o600);
    this.#output = new BoundedOutput(limit, (chunk) => this.#write(chunk));
  }

  add(chunk: Buffer): void {
    this.#output.add(chunk);
  }

  end(): { readonly bytes: number; readonly truncated: boolean } {
    const { rest, truncated } = this.#output.end();
    this.#write(rest);
    closeSync(this.#fd);
    return { bytes: this.#output.bytes, truncated: truncated || this.#lost };
  }

  #write(chunk: Buffer): void {
    try {
      for (let at = 0; at < chunk.length;) at += writeSync(this.#fd, chunk, at);
    } catch {
      this.#lost = true;
    }
  }
}

/** Cuts chunks into lines and gives the last complete one of each chunk, at most 4 KiB of it. */
export function lastLines(onLine: (line: string) => void): (chunk: Buffer) => void {
  let open = Buffer.alloc(0);
  return (chunk) => {
    const end = chunk.lastIndexOf(NEWLINE);
    if (end < 0) {
      open = Buffer.concat([open, chunk]).subarray(0, 4096);
      return;
    }
    const start = end === 0 ? -1 : chunk.lastIndexOf(NEWLINE, end - 1);
    const line = chunk.subarray(start + 1, end);
    const whole = start < 0 ? Buffer.concat([open, line]) : line;
    open = Buffer.from(chunk.subarray(end + 1, end + 1 + 4096));
    onLine(whole.subarray(0, 4096).toString('utf8'));
  };
}
