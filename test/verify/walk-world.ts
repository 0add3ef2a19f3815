import type { Component } from '../../src/domain/component.ts';
import { keyText, type EvidenceKey, type FileHash, type Observation } from '../../src/domain/evidence.ts';
import type { BuildRequest, CollectedKind, Collector, Collectors, Progress } from '../../src/domain/ports.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { VerifyInput } from '../../src/verify/verification.ts';
import { verifyVersion } from '../../src/verify/verify-version.ts';
import {
  BUILD,
  flipped,
  good,
  imageHash,
  MEASUREMENTS,
  MEASUREMENTS_SHA,
  proposal,
  PROPOSAL_ID,
  seen,
} from '../support/evidence.ts';
import { memoryLock } from '../support/memory-lock.ts';
import { memoryRuns } from '../support/memory-runs.ts';

const INPUT: VerifyInput = {
  target: { mode: 'proposal', id: PROPOSAL_ID },
  components: [],
  mirrors: ['systems', 'network'],
  build: true,
  attestations: true,
  confirm: false,
  dryRun: false,
  keep: false,
};
const KINDS: CollectedKind[] = [
  'commit-refs',
  'tree',
  'sums',
  'image',
  'measurements',
  'measured',
  'attestations',
  'host',
  'registry',
  'dashboard',
];

interface Changes {
  now?: () => number;
  /** What a build waits for. */
  builtAfter?: () => Promise<void>;
  sleep?: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** What a look waits for before it gives anything. */
  awaits?: (key: EvidenceKey) => Promise<void> | undefined;
  reading?: Observation<Proposal>;
  looks?: [EvidenceKey, Observation<unknown>][];
  mayConfirm?: () => Promise<boolean>;
  /** What an image of another component than GuestOS waits for. */
  others?: Promise<void>;
  /** What dashboard, registry and attestations wait for. */
  advice?: Promise<void>;
  /** GuestOS image that each build gives, by attempt. */
  builds?: Observation<FileHash>[];
}

/** An honest world with some facts changed, and everything that the walk did in it. */
export function world(changes: Changes = {}) {
  const looked: string[] = [];
  const built: BuildRequest[] = [];
  const progress: Progress[] = [];
  const runs = memoryRuns();
  const changed = new Map((changes.looks ?? []).map(([key, look]) => [keyText(key), look]));
  const collector = (kind: CollectedKind): Collector<CollectedKind> => ({
    kind,
    collect: async (key) => {
      looked.push(keyText(key));
      await changes.awaits?.(key);
      if (kind === 'image' && !key.subject.includes('/guest-os/update-img/')) await changes.others;
      if (['dashboard', 'registry', 'attestations'].includes(kind)) await changes.advice;
      return (changed.get(keyText(key)) ?? good(key)) as Observation<never>;
    },
  });
  const image = (component: Component, attempt: number): Observation<FileHash> =>
    (component === 'guestos' && changes.builds?.[attempt - 1]) || seen({ sha256: imageHash(component), bytes: 1000 });
  const abort = new AbortController();
  const deps = {
    now: changes.now ?? (() => 0),
    sleep: changes.sleep ?? ((ms: number, signal?: AbortSignal) => systemClock.sleep(ms, signal)),
    proposals: { read: async () => changes.reading ?? seen(proposal()) },
    collectors: Object.fromEntries(KINDS.map((kind) => [kind, collector(kind)])) as unknown as Collectors,
    builder: {
      build: async (request: BuildRequest) => {
        built.push(request);
        await changes.builtAfter?.();
        return {
          build: seen(BUILD),
          images: new Map(request.components.map((component) => [component, image(component, request.attempt)])),
          measurements: seen({ sha256: MEASUREMENTS_SHA, bytes: 100, entries: MEASUREMENTS }),
        };
      },
    },
    runs,
    lock: memoryLock(),
    progress: (event: Progress) => void progress.push(event),
    signal: abort.signal,
  };
  const verify = (input: Partial<VerifyInput> = {}) =>
    verifyVersion({ ...INPUT, ...input }, changes.mayConfirm ? { ...deps, mayConfirm: changes.mayConfirm } : deps);
  return { verify, looked, built, progress, runs, abort };
}

export const other = (): Observation<FileHash> => seen({ sha256: flipped(imageHash('guestos')), bytes: 1000 });
export const third = (): Observation<FileHash> => seen({ sha256: flipped(flipped(imageHash('hostos'))), bytes: 1000 });
