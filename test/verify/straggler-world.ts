import { evidenceKey, keyText, type EvidenceKey, type Observation } from '../../src/domain/evidence.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { planChecks, scopeOf } from '../../src/verify/plan.ts';
import { BUILD, COMMIT, election, flipped, good, imageHash, PROPOSAL_ID, question, seen } from '../support/evidence.ts';
import { altered } from '../support/fates.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { World } from '../support/world.ts';
import { world } from './walk-world.ts';

/** Every look at something that others answer for. */
export const SOURCES: readonly EvidenceKey[] = planChecks(scopeOf(question({ subject: election() }))).evidence.filter(
  ({ kind }) => kind !== 'host',
);
/** Where one altered fact contradicts others; `build`: our own. */
export const LIARS: readonly (EvidenceKey | 'build')[] = [
  ...SOURCES.filter(({ kind }) => ['image', 'sums', 'measurements', 'attestations', 'commit-refs'].includes(kind)),
  'build',
];
/** How a source can be a burden; an odd one is one that answers with nothing to use. */
export const BURDENS = ['silent', 'slow', 'odd'] as const;
export type Burden = (typeof BURDENS)[number];

const SLOW_MS = 6 * 3_600_000;
const BUILD_MS = 60_000;

export interface Told {
  /** Milliseconds after the beginning. */
  readonly at: number;
  readonly verdict: Verdict;
}

/** What is told, and when, of a run of the service in which one source is a burden and another one lies. */
export async function tellings(
  burden: { readonly key: EvidenceKey; readonly how: Burden } | null,
  liar: EvidenceKey | 'build' | null,
): Promise<{ readonly told: readonly Told[]; readonly ended: number | null }> {
  const clock = new VirtualClock(0, 1);
  const process = clock.process();
  const differs: Observation<never> = seen({ sha256: flipped(imageHash('guestos')), bytes: 1000 }) as never;
  const isBurden = (key: EvidenceKey): boolean => burden !== null && keyText(key) === keyText(burden.key);
  const stranger = world({
    sleep: (ms, signal) => process.sleep(ms, signal),
    now: () => clock.now(),
    looks: [
      ...(liar && liar !== 'build' ? [[liar, altered(liar)] as [EvidenceKey, Observation<unknown>]] : []),
      ...(burden?.how === 'odd'
        ? [[burden.key, { ...good(burden.key), ...ODD }] as [EvidenceKey, Observation<unknown>]]
        : []),
    ],
    builds: liar === 'build' ? [differs, differs] : [],
    awaits: (key) => {
      if (!isBurden(key) || burden?.how === 'odd') return process.sleep(LOOK_MS);
      return burden?.how === 'slow' ? process.sleep(SLOW_MS) : new Promise(() => undefined);
    },
    builtAfter: () => process.sleep(BUILD_MS),
  });
  const told: Told[] = [];
  const { judged } = stranger.runs;
  stranger.runs.judged = (run, verdict, evidence, until) => {
    told.push({ at: clock.now(), verdict });
    return judged(run, verdict, evidence, until);
  };
  let ended: number | null = null;
  const running = stranger
    .verify({ target: { mode: 'proposal', id: PROPOSAL_ID }, confirm: true, electedFirst: true })
    .then(() => (ended = clock.now()));
  await clock.advance(2 * SLOW_MS);
  process.kill();
  void running;
  return { told, ended };
}

const ODD = { status: 'unavailable', kind: 'malformed', code: 'odd', detail: 'Odd.', retryable: false } as const;

/** What a pure judge says of everything but the burden, with and without the build that it may keep from beginning. */
export function withoutBurden(
  burden: { readonly key: EvidenceKey; readonly how: Burden },
  liar: EvidenceKey | 'build' | null,
): { readonly beforeBuild: Verdict; readonly all: Verdict; readonly builds: boolean } {
  const isGate = burden.key.kind === 'commit-refs' || burden.key.kind === 'tree';
  const builds = !isGate && !(liar !== 'build' && liar?.kind === 'commit-refs');
  const facts = (built: boolean): Verdict => {
    const pure = new World({ subject: election() });
    if (liar && liar !== 'build') pure.set(liar, altered(liar) as never);
    if (liar === 'build') {
      pure.set(evidenceKey.localImage(COMMIT, 1, 'guestos'), seen({ sha256: flipped(imageHash('guestos')), bytes: 1 }));
    }
    pure.set(burden.key, burden.how === 'odd' ? { ...good(burden.key), ...ODD } : undefined);
    const outputs = pure.keys().filter(({ kind }) => kind === 'build' || kind.startsWith('local-'));
    if (!built) for (const key of outputs) pure.set(key, undefined);
    else pure.set(evidenceKey.build(COMMIT, 1), seen(BUILD));
    return pure.verdict();
  };
  return { beforeBuild: facts(false), all: facts(builds), builds };
}

export const LOOK_MS = 100;
export { BUILD_MS };
