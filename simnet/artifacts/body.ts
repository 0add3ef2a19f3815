import { createHash } from 'node:crypto';

/** Bytes that can be read in any range without being stored. */
export interface Body {
  size: number;
  /** Bytes from `start` up to but not including `end`. */
  read: (start: number, end: number) => Buffer;
}

export const CHUNK_BYTES = 256 * 1024;

export function bytesBody(bytes: Buffer): Body {
  return { size: bytes.length, read: (start, end) => bytes.subarray(start, end) };
}

/** What `yes LINE | head -c SIZE` prints. */
export function repeatedLine(line: string, size: number): Body {
  const unit = Buffer.from(`${line}\n`);
  const block = Buffer.concat(Array.from({ length: Math.ceil(CHUNK_BYTES / unit.length) + 1 }, () => unit));
  return {
    size,
    read: (start, end) => {
      if (end - start > CHUNK_BYTES) throw new Error(`read of ${end - start} bytes at once`);
      const offset = start % unit.length;
      return block.subarray(offset, offset + end - start);
    },
  };
}

/** One line and then zeros: what `echo LINE` and `truncate -s SIZE` make. */
export function lineAndHole(line: string, size: number): Body {
  const head = Buffer.from(`${line}\n`).subarray(0, size);
  const zeros = Buffer.alloc(CHUNK_BYTES);
  return {
    size,
    read: (start, end) => {
      const hole = zeros.subarray(0, Math.max(0, end - Math.max(start, head.length)));
      return start >= head.length ? hole : Buffer.concat([head.subarray(start, end), hole]);
    },
  };
}

export function* chunks(body: Body, start = 0, end = body.size): Generator<Buffer> {
  for (let at = start; at < end; at += CHUNK_BYTES) yield body.read(at, Math.min(end, at + CHUNK_BYTES));
}

export function sha256(body: Body): string {
  const hash = createHash('sha256');
  for (const chunk of chunks(body)) hash.update(chunk);
  return hash.digest('hex');
}

/** The same length with one byte changed. Text stays text: there the first digit is changed to another digit. */
export function withByteFlipped(body: Body, isText: boolean): Body {
  const position = isText ? firstDigit(body) : Math.floor(body.size / 2);
  return {
    size: body.size,
    read: (start, end) => {
      const bytes = body.read(start, end);
      if (position < start || position >= end) return bytes;
      const copy = Buffer.from(bytes);
      copy[position - start] = copy[position - start]! ^ 1;
      return copy;
    },
  };
}

/** The last digit of the first number, so that a change of its lowest bit keeps JSON well-formed and below 256. */
function firstDigit(body: Body): number {
  const text = body.read(0, Math.min(body.size, CHUNK_BYTES)).toString('latin1');
  const match = /[0-9]+/.exec(text);
  if (!match) throw new Error('no digit to change');
  return match.index + match[0].length - 1;
}

export function withTail(body: Body, tail: Buffer): Body {
  return {
    size: body.size + tail.length,
    read: (start, end) =>
      Buffer.concat([
        body.read(Math.min(start, body.size), Math.min(end, body.size)),
        tail.subarray(Math.max(0, start - body.size), Math.max(0, end - body.size)),
      ]),
  };
}
