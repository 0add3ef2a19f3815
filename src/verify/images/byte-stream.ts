import { refuse } from './random-access.ts';

/** A stream that is read in the lengths that its reader asks for; nothing of it is kept. */
export class ByteStream {
  readonly #chunks: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next piece that is there, of at most `most` bytes; null: the stream is over. */
  async some(most: number): Promise<Buffer | null> {
    while (this.#chunk.length === 0) {
      const next = await this.#chunks.next();
      if (next.done) return null;
      this.#chunk = next.value;
    }
    const piece = this.#chunk.subarray(0, most);
    this.#chunk = this.#chunk.subarray(piece.length);
    return piece;
  }

  /** Exactly so many bytes, which have to be few; null where the stream ends just before them. */
  async exactly(length: number): Promise<Buffer | null> {
    const bytes = Buffer.alloc(length);
    let got = 0;
    while (got < length) {
      const piece = await this.some(length - got);
      if (!piece) {
        if (got === 0) return null;
        throw refuse('tar-cut', 'the archive ends within a member');
      }
      piece.copy(bytes, got);
      got += piece.length;
    }
    return bytes;
  }

  /** Hands on so many bytes as they come. */
  async pass(length: number, use: (piece: Buffer) => void): Promise<void> {
    for (let left = length; left > 0;) {
      const piece = await this.some(left);
      if (!piece) throw refuse('tar-cut', 'the archive ends within a member');
      use(piece);
      left -= piece.length;
    }
  }

  /** What is left of it, which is thrown away. */
  async rest(): Promise<number> {
    let bytes = 0;
    for (let piece = await this.some(2 ** 30); piece; piece = await this.some(2 ** 30)) bytes += piece.length;
    return bytes;
  }
}
