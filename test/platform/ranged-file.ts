import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer } from './loopback.ts';

/** A server's file that can be cut, changed and resumed, and that counts the bytes it gave. */
export class RangedFile {
  bytes: Buffer;
  etag: string;
  served = 0;
  /** Cuts to make: after how many bytes the connection of each answer breaks. */
  cuts: number[] = [];
  ranges = true;

  constructor(bytes: Buffer, etag = '"v1"') {
    this.bytes = bytes;
    this.etag = etag;
  }

  readonly answer: Answer = (request: IncomingMessage, response: ServerResponse) => {
    const from = this.#from(request);
    const rest = this.bytes.subarray(from);
    const cut = this.cuts.shift();
    response.writeHead(from > 0 ? 206 : 200, {
      etag: this.etag,
      'content-length': rest.length,
      ...(from > 0 ? { 'content-range': `bytes ${from}-${this.bytes.length - 1}/${this.bytes.length}` } : {}),
    });
    const part = cut === undefined ? rest : rest.subarray(0, cut);
    this.served += part.length;
    if (part === rest) response.end(part);
    else response.write(part, () => setTimeout(() => response.destroy(), 30));
  };

  #from({ headers }: IncomingMessage): number {
    const start = /^bytes=(\d+)-$/.exec(headers.range ?? '')?.[1];
    return this.ranges && start !== undefined && headers['if-range'] === this.etag ? Number(start) : 0;
  }
}
