import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ProxyAgent, fetch as undiciFetch } from 'undici';
import type { Sha256 } from '../../src/domain/ids.ts';
import type { Blobs } from '../../src/domain/ports.ts';
import type { BoundaryDeps } from '../../src/watcher/boundary.ts';
import type { SimnetView } from '../../simnet/simnet.ts';

export const HOSTS = ['https://icp-api.io', 'https://icp0.io', 'https://ic0.app'];

export interface Reach {
  deps: BoundaryDeps;
  close: () => Promise<void>;
}

/** What the reading side needs, reaching a view of the loopback Internet through its proxy with production URLs. */
export function reach(view: SimnetView, changes: Partial<BoundaryDeps> = {}): Reach {
  const ca = readFileSync(view.env['NODE_EXTRA_CA_CERTS']!, 'utf8');
  const dispatcher = new ProxyAgent({ uri: view.env['HTTPS_PROXY']!, requestTls: { ca } });
  const proxied = ((url: string, init: object) => undiciFetch(url, { ...init, dispatcher })) as unknown as typeof fetch;
  const rootKey = Uint8Array.from(Buffer.from(view.env['IC_ROOT_KEY']!, 'hex'));
  const deps = {
    hosts: HOSTS,
    rootKey,
    fetch: proxied,
    clock: Date,
    timeoutMs: 10_000,
    backoff: { firstMs: 20, mostMs: 30_000, tries: 3 },
    ...changes,
  };
  return { deps, close: () => dispatcher.close() };
}

export function memoryBlobs(): Blobs & { kept: Map<string, Uint8Array> } {
  const kept = new Map<string, Uint8Array>();
  return {
    kept,
    put: async (bytes) => {
      const name = createHash('sha256').update(bytes).digest('hex') as Sha256;
      kept.set(name, bytes);
      return name;
    },
    get: async (name) => kept.get(name) ?? null,
  };
}
