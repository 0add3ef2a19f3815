import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Evidence,
  evidenceKey,
  unavailable,
  type EvidenceKey,
  type Observation,
} from '../../../src/domain/evidence.ts';
import type { BlobName } from '../../../src/domain/evidence.ts';
import { parseCommitId, parseProposalId, parseSha256, type CommitId, type Sha256 } from '../../../src/domain/ids.ts';
import type { Blobs, CollectContext, Progress } from '../../../src/domain/ports.ts';
import type { Proposal } from '../../../src/domain/proposal.ts';
import { sha256 } from '../../../src/platform/hash.ts';
import { restlessClock, startLoopback, type Loopback } from '../../platform/loopback.ts';
import type { WebDeps } from '../../../src/verify/collect/http-answer.ts';

export const commit = parseCommitId('79faae8b354edbf45ae858f1c88bcd1eba4897a5') as CommitId;

export interface Web {
  net: Loopback;
  deps: WebDeps & { clock: ReturnType<typeof restlessClock> };
  kept: Map<BlobName, Uint8Array>;
  directory: string;
  close: () => Promise<void>;
}

/** Everything that a collector of published facts needs, on loopback. */
export async function startWeb(): Promise<Web> {
  const net = await startLoopback();
  const directory = await mkdtemp(join(tmpdir(), 'nns-watch-collect-'));
  const kept = new Map<BlobName, Uint8Array>();
  const blobs: Blobs = {
    put: async (bytes) => {
      const name = sha256(bytes);
      kept.set(name, Uint8Array.from(bytes));
      return name;
    },
    get: async (name) => kept.get(name) ?? null,
  };
  return {
    net,
    kept,
    directory,
    deps: { http: net.http, clock: restlessClock(), random: () => 0.5, blobs, stallTimeoutMs: 1_000 },
    close: async () => {
      await net.close();
      await rm(directory, { recursive: true });
    },
  };
}

/** The context of a run that has seen, and can see, only what is given. */
export function contextOf(
  seen: readonly [EvidenceKey, Observation<unknown>][] = [],
): CollectContext & { told: Progress[] } {
  const evidence = new Evidence();
  for (const [key, observation] of seen) evidence.add(key, observation as never);
  const told: Progress[] = [];
  return {
    told,
    signal: new AbortController().signal,
    progress: (progress) => told.push(progress),
    evidence,
    commit,
    observe: async (key) =>
      evidence.get(key) ?? unavailable('transport', 'connection-failed', 'down', key.subject, Date.now()),
  };
}

export function observed<T>(value: T, source = 'test'): Observation<T> {
  return { status: 'observed', value, source, observedAt: 0 };
}

/** A proposal of which only what it says of the package matters. */
export function electing(packageSha256: Sha256, packageUrls: readonly string[]): [EvidenceKey, Observation<unknown>] {
  const version = { component: 'guestos', commit, packageSha256, packageUrls, launchMeasurements: null, retires: [] };
  const proposal = { action: { kind: 'elect-guestos', version } } as unknown as Proposal;
  return [evidenceKey.proposal(parseProposalId('1')!), observed(proposal)];
}

export function digest(hex: string): Sha256 {
  return parseSha256(hex.padEnd(64, '0'))!;
}
