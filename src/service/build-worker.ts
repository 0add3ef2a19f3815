import { BACKOFF, pauseMs } from '../domain/backoff.ts';
import { COMPONENTS } from '../domain/component.ts';
import { asWatchError } from '../domain/errors.ts';
import { Evidence, evidenceKey, unavailable, type EvidenceKey, type Observation } from '../domain/evidence.ts';
import { parseCommitId, type CommitId } from '../domain/ids.ts';
import type {
  Builder,
  BuildFailure,
  BuildOutcome,
  BuildRequest,
  CollectedKind,
  Collector,
  CommitLock,
  OnProgress,
} from '../domain/ports.ts';
import type { BuildJob, Job, WorkQueue } from '../domain/service-ports.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { encodeBuildOutcome } from './build-outcome-codec.ts';
import type { BuildPreemption, WatchedBuild } from './build-preemption.ts';
import { withLease } from './job-lease.ts';

export interface BuildWorkerDeps {
  readonly queue: WorkQueue;
  readonly builder: Builder;
  readonly tree: Collector<'tree'>;
  readonly host: Collector<'host'>;
  /** At most one build of a commit, also where somebody verifies it by hand. */
  readonly lock: CommitLock;
  readonly clock: Clock;
  readonly log: Log;
  readonly worker: string;
  readonly leaseMs: number;
  readonly preemption: Pick<BuildPreemption, 'watch'>;
}

/** How often a build is begun whose builder dies, before that counts as its outcome. */
const MAX_BEGINNINGS = 3;

/** Takes one build job and sees it through; false: there was none. */
export async function buildNext(deps: BuildWorkerDeps, stopping: AbortSignal): Promise<boolean> {
  const job = await deps.queue.claim('build', deps.worker, deps.leaseMs);
  if (!job) return false;
  const log = deps.log.child({ build: job.key, attempt: job.attempt });
  await withLease(job, deps, stopping, async (signal, say) => {
    const watched = deps.preemption.watch(job);
    const ends = AbortSignal.any([signal, watched.signal]);
    const outcome = await outcomeOf(job, deps, ends, say)
      .catch((thrown: unknown) => thrownBy(thrown, job, deps))
      .finally(watched.end);
    const why = stopped(outcome, signal, watched);
    if (why !== null || outcome === 'turn-lost') {
      log.info('Build stopped', { why });
      await deps.queue.giveBack(job.id, deps.worker, why ?? 'the hold on the commit was lost');
      return;
    }
    await finish(job, outcome, deps, signal);
    const { build } = outcome;
    if (build.status === 'observed') log.info('Build ended', { outcome: 'files to look at' });
    else log.info('Build ended', { outcome: build.code, detail: build.detail });
  }).catch(async (thrown: unknown) => {
    log.error('Build result could not be stored', { error: thrown });
    const at = deps.clock.now() + pauseMs(BACKOFF['build-job'], job.attempt);
    await deps.queue.postpone(job.id, deps.worker, at, asWatchError(thrown).message);
  });
  return true;
}

/** Why the job is given back, uncounted, whatever came of it; null: it came to its end. */
function stopped(outcome: BuildOutcome | 'turn-lost', signal: AbortSignal, watched: WatchedBuild): string | null {
  if (signal.aborted) return 'the builder was stopped';
  const isThere = outcome !== 'turn-lost' && outcome.build.status === 'observed';
  return isThere ? null : watched.reason();
}

async function outcomeOf(
  job: Job,
  deps: BuildWorkerDeps,
  signal: AbortSignal,
  say: (progress: unknown) => void,
): Promise<BuildOutcome | 'turn-lost'> {
  const { commit: text, attempt } = job.input as Partial<BuildJob>;
  const commit = parseCommitId(String(text));
  const components = COMPONENTS.map((row) => row.component);
  const nothing = (detail: string, code: BuildFailure = 'build-failed') => nothingOf(job, deps, detail, code);
  if (!commit || typeof attempt !== 'number') return nothing('The build job names no commit.');
  if (job.attempt > MAX_BEGINNINGS) {
    const why = (job.why ?? 'its worker died').replace(/\.$/, '');
    const detail = `This build was begun ${MAX_BEGINNINGS} times and never came to an end; the last time: ${why}.`;
    // What befell its builders says nothing about the build, whose failures are counted by themselves.
    return nothing(detail, 'interrupted');
  }
  const unfit = await unfitness(commit, deps, signal);
  if (unfit !== null) return nothing(unfit, 'host-unfit');
  const tree = await look(deps.tree, evidenceKey.tree(commit), commit, deps, signal);
  if (tree.status === 'unavailable') {
    const code = tree.kind === 'host' || tree.kind === 'storage' ? 'host-unfit' : 'not-built';
    const look = { ...tree, code, detail: `No source: ${tree.detail}` };
    return { build: look, images: new Map(components.map((name) => [name, look])), measurements: look };
  }
  return inTurn({ commit, tree: tree.value, components, attempt, keep: false }, job, deps, signal, say);
}

/** Hours of building are not given up over one write that fails. */
async function finish(
  job: Job,
  outcome: BuildOutcome,
  { queue, worker, clock, log }: BuildWorkerDeps,
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    try {
      await queue.finish(job.id, worker, encodeBuildOutcome(outcome));
      return;
    } catch (thrown) {
      if (tries === BACKOFF['build-outcome'].tries || signal.aborted) throw thrown;
      log.warn('Build result not stored', { error: thrown });
      await clock.sleep(pauseMs(BACKOFF['build-outcome'], tries), signal);
    }
  }
}

function nothingOf(job: Job, { clock }: BuildWorkerDeps, detail: string, code: BuildFailure): BuildOutcome {
  const look = unavailable('rejected', code, detail, `build ${job.key}`, clock.now(), false);
  return { build: look, images: new Map(COMPONENTS.map(({ component }) => [component, look])), measurements: look };
}

/** Told at once, and tried again by whoever asked: it must not use up what is left to builders that die. */
function thrownBy(thrown: unknown, job: Job, deps: BuildWorkerDeps): BuildOutcome {
  deps.log.error('Build job failed', { build: job.key, error: thrown });
  const detail = `The builder could not see this build through: ${asWatchError(thrown).message}.`.replace(/\.\.$/, '.');
  return nothingOf(job, deps, detail, 'interrupted');
}

async function inTurn(
  request: BuildRequest,
  job: Job,
  deps: BuildWorkerDeps,
  signal: AbortSignal,
  say: (progress: unknown) => void,
): Promise<BuildOutcome | 'turn-lost'> {
  const turn = await deps.lock.acquire(request.commit, signal);
  if (!turn) return 'turn-lost';
  try {
    deps.log.info('Build started', { build: job.key });
    const progress: OnProgress = (event) => {
      if (event.type === 'build') say({ seconds: event.seconds, lastLine: event.lastLine, ...event.log });
    };
    say({ seconds: 0, lastLine: '' });
    const held = turn.lost ? AbortSignal.any([signal, turn.lost]) : signal;
    const outcome = await deps.builder.build(request, held, progress);
    return turn.lost?.aborted ? 'turn-lost' : outcome;
  } finally {
    await turn.release();
  }
}

/** Whoever wrote the job looked at his own machine, which may be another one or another user's. */
async function unfitness(commit: CommitId, deps: BuildWorkerDeps, signal: AbortSignal): Promise<string | null> {
  const host = await look(deps.host, evidenceKey.host(), commit, deps, signal);
  if (host.status === 'unavailable') return `The builder's machine could not be examined: ${host.detail}`;
  return host.value.problems[0]?.sentence ?? null;
}

/** What the source says of itself, and what the machine is, are read by the builder: whoever wrote the job is not asked. */
function look<K extends CollectedKind>(
  collector: Collector<K>,
  key: EvidenceKey<K>,
  commit: CommitId,
  { clock }: BuildWorkerDeps,
  signal: AbortSignal,
): ReturnType<Collector<K>['collect']> {
  const observe = (other: EvidenceKey): Promise<Observation<never>> =>
    Promise.resolve(
      unavailable('bug', 'not-collected', 'A builder collects nothing else.', other.subject, clock.now()),
    );
  return collector.collect(key, { signal, progress: () => undefined, observe, evidence: new Evidence(), commit });
}
