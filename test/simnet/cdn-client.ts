import { createHash } from 'node:crypto';
import { request } from 'node:http';
import type { Fault } from '../../simnet/types.ts';

type CdnFault = Extract<Fault, { at: 'cdn' }>;

export const SYSTEMS = 'download.dfinity.systems';
export const NETWORK = 'download.dfinity.network';
export const IMAGE = 'guest-os/update-img/update-img.tar.zst';
export const SUMS = 'guest-os/update-img/SHA256SUMS';
export const MEASUREMENTS = 'guest-os/update-img/launch-measurements.json';

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  /** Whether the body ended as its length promised. */
  complete: boolean;
}

export interface Asked {
  name?: string;
  host?: string;
  faults?: CdnFault[];
  method?: string;
  headers?: Record<string, string>;
  /** Gives up on silence after so long. */
  most?: number;
}

export function fetchFrom(url: string, { method = 'GET', headers = {}, most = 5000 }: Asked): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = request(url, { method, headers, agent: false }, (response) => {
    const chunks: Buffer[] = [];
    const silence = setTimeout(() => response.destroy(), most);
    response.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      silence.refresh();
    });
    response.on('error', () => undefined);
    response.on('close', () => {
      clearTimeout(silence);
      const body = Buffer.concat(chunks);
      resolve({ status: response.statusCode!, headers: response.headers, body, complete: response.complete });
    });
  });
  outgoing.on('error', reject);
  outgoing.end();
  return promise;
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function strikes(fault: CdnFault['fault'], file = IMAGE, more: Partial<CdnFault> = {}): CdnFault[] {
  return [{ at: 'cdn', file, fault, ...more }];
}
