import { canaryTrouble, type CanarySubject } from '../domain/canary.ts';
import type { Mirror } from '../domain/artifact.ts';
import { Evidence, unavailable, type EvidenceKey, type FileHash, type Observation } from '../domain/evidence.ts';
import type { Collectors } from '../domain/ports.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { alteredCopyHash } from '../operator/altered-copy.ts';
import { freshKeys, judgeCanary, type CanaryFacts } from '../verify/canary.ts';
import type { ServiceStore } from '../store/service-store.ts';
import { setIncidents, type IncidentDeps } from './incidents.ts';
import { cronTicker, everyTicker, type Ticker } from './loop.ts';
import type { LoopPlan } from './supervisor.ts';

export interface CanaryDeps extends IncidentDeps {
  readonly store: Pick<ServiceStore, 'canaries' | 'troubles'>;
  readonly collectors: Pick<Collectors, 'sums'>;
  readonly mirrors: readonly Mirror[];
  readonly cacheDir: string;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** Only tests give another. */
  readonly judge?: CanaryFacts['judge'];
}

export const CANARY = 'canary';
const HOUR_MS = 3_600_000;
/** Without a run for so long, whatever kept the ticks from it, one is due. */
const MISSED_MS = 8 * 24 * HOUR_MS;

/** By CANARY_CRON; each hour it is looked whether one is missing, or could not come to an end. */
export function canaryLoop(cron: string, deps: CanaryDeps): LoopPlan {
  let due = false;
  const [byCron, hourly] = [cronTicker(cron), everyTicker(HOUR_MS)];
  const ticker: Ticker = {
    start: (onTick) => {
      byCron.start(() => {
        due = true;
        onTick();
      });
      hourly.start(onTick);
    },
    stop: () => {
      byCron.stop();
      hourly.stop();
    },
  };
  const round = async (signal: AbortSignal): Promise<void> => {
    const asked = due;
    due = false;
    await canaryRound(deps, asked, signal);
  };
  return { name: CANARY, ticker, round };
}

/** One round: judges again what is known to be right and wrong where that is due, and tells only what is wrong. */
export async function canaryRound(deps: CanaryDeps, asked: boolean, signal: AbortSignal): Promise<void> {
  const { store, now } = deps;
  const subject = await store.canaries.subject();
  if (!subject) return;
  const { last } = await store.canaries.newest();
  const age = last === null ? Infinity : now() - last.atMs;
  if (asked || last?.state === 'open' || age < 0 || age >= MISSED_MS) await runCanary(subject, deps, signal);
  if (signal.aborted) return;
  const { ended } = await store.canaries.newest();
  const trouble = canaryTrouble(ended, subject.decidedAtMs, now());
  await setIncidents(CANARY, trouble === null ? [] : [{ key: CANARY, sentence: trouble }], deps);
}

async function runCanary(subject: CanarySubject, deps: CanaryDeps, signal: AbortSignal): Promise<void> {
  const { store, mirrors, cacheDir, now, log, judge } = deps;
  const fresh = await Promise.all(
    freshKeys(subject, mirrors).map(async (key) => [key, await look(key, subject, deps, signal)] as const),
  );
  const altered = await alteredHash(subject, cacheDir, signal, log);
  if (signal.aborted) return;
  const { state, cases } = judgeCanary({ subject, mirrors, fresh, altered, ...(judge ? { judge } : {}) });
  const { id: proposalId } = subject.proposal;
  await store.canaries.keep({ proposalId, state, cases, atMs: now() });
  const told = cases.map(({ name, outcome }) => `${name} ${outcome}`);
  log[state === 'wrong' ? 'error' : 'info']('A canary was judged', { proposal: proposalId, state, cases: told });
}

async function alteredHash(
  { proposal: { action } }: CanarySubject,
  cacheDir: string,
  signal: AbortSignal,
  log: Log,
): Promise<FileHash | null> {
  if (!('version' in action)) return null;
  const { commit, component } = action.version;
  return alteredCopyHash(cacheDir, commit, component, signal).catch((error: unknown) => {
    log.warn('No local copy could be altered for the canary', { error });
    return null;
  });
}

function look(
  key: EvidenceKey<'sums'>,
  { proposal: { action } }: CanarySubject,
  { collectors, clock }: CanaryDeps,
  signal: AbortSignal,
): ReturnType<Collectors['sums']['collect']> {
  const observe = (other: EvidenceKey): Promise<Observation<never>> =>
    Promise.resolve(unavailable('bug', 'not-collected', 'A canary collects nothing else.', other.subject, clock.now()));
  const commit = 'version' in action ? action.version.commit : null;
  return collectors.sums.collect(key, { signal, progress: () => undefined, observe, evidence: new Evidence(), commit });
}
