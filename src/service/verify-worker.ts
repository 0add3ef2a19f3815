import { BACKOFF, pauseMs } from '../domain/backoff.ts';
import { inTime } from '../domain/retry-schedule.ts';
import { asWatchError, WatchError } from '../domain/errors.ts';
import { parseProposalId, type ProposalId } from '../domain/ids.ts';
import type { Builder, CommitLock, OnProgress, Progress, RunId, RunStore } from '../domain/ports.ts';
import type { ElectionState, Job } from '../domain/service-ports.ts';
import { estimate } from '../domain/reminders.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { VerifyDeps, VerifyInput } from '../verify/verification.ts';
import { verifyVersion } from '../verify/verify-version.ts';
import { BuildTries } from './build-attempts.ts';
import { withLease } from './job-lease.ts';
import { NextAttemptDue } from './next-attempt-due.ts';
import { createQueueBuilder } from './queued-builder.ts';
import { RunReport } from './run-report.ts';
import type { ServiceStore } from '../store/service-store.ts';
import { ProgressReporter } from './progress-reporter.ts';

export interface VerifyJobDeps {
  readonly store: ServiceStore;
  /** Everything of `verifyVersion` that does not depend on the job. */
  readonly world: Pick<VerifyDeps, 'now' | 'sleep' | 'proposals' | 'collectors'>;
  readonly question: Pick<VerifyInput, 'components' | 'mirrors'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly worker: string;
  readonly leaseMs: number;
  readonly buildPollMs: number;
  readonly network: string;
  readonly toolVersion: string;
  readonly notifiers: readonly string[];
  /** Whether a second build of this proposal leaves the others in time. */
  readonly mayConfirm: (id: ProposalId) => Promise<boolean>;
}

/** Builds are kept apart by the queue: a run that waits for one holds nothing. */
const noLock: CommitLock = { acquire: async () => ({ release: async () => undefined }) };

/** Sees one claimed `verify` job through to a verdict, or to its next try. Throws what nobody expected. */
export async function runVerifyJob(job: Job, deps: VerifyJobDeps, stopping: AbortSignal): Promise<void> {
  const { store, worker, clock } = deps;
  const id = parseProposalId(job.key);
  const state = id && (await store.states.one(id));
  if (!state) {
    await store.queue.finish(job.id, worker, { dropped: 'no such proposal' });
    return;
  }
  try {
    await withLease(
      job,
      { queue: store.queue, clock, worker, leaseMs: deps.leaseMs, log: deps.log },
      stopping,
      (signal, say) => look(job, state, deps, signal, say),
    );
  } catch (thrown) {
    const error = asWatchError(thrown);
    if (stopping.aborted) {
      await store.queue.giveBack(job.id, worker, 'the service was stopped');
      return;
    }
    const pause = pauseMs(BACKOFF['verify-job'], job.attempt) / 1000;
    const { seconds } = estimate(await store.states.pastRuns().catch(() => []));
    const delay = inTime(pause, Math.floor(clock.now() / 1000), state.proposal.deadlineAt, seconds);
    await store.queue.postpone(job.id, worker, clock.now() + delay * 1000, `${error.code}: ${error.message}`);
    throw error;
  }
}

async function look(
  job: Job,
  state: ElectionState,
  deps: VerifyJobDeps,
  signal: AbortSignal,
  say: (progress: unknown) => void,
): Promise<void> {
  const { store, world, clock, network, toolVersion, notifiers } = deps;
  const { id, deadlineAt } = state.proposal;
  const now = (): number => clock.now();
  const [pastRuns, earlier] = [await store.states.pastRuns(), await store.judgedRuns(id)];
  const tries = await triesOf(state, store);
  const report = new RunReport({ state, earlier, tries, pastRuns, network, toolVersion, notifiers, now });
  const reporter = new ProgressReporter(report, { store, say, clock, notifiers, signal });
  const log = deps.log.child({ proposal: id, attempt: job.attempt });
  const due = new NextAttemptDue({ report, clock, deadlineAt });
  const progress: OnProgress = (event) => {
    report.see(event);
    reporter.heard(event);
    if (event.type === 'verdict') due.heard(event.verdict);
    logProgress(log, event);
  };
  const ends = AbortSignal.any([signal, due.signal]);
  const runs = serviceRuns(store, report, reporter, ends);
  const builder = builderFor(state, tries, pastRuns, deps);
  log.info('Verification started');
  try {
    const mayConfirm = () => deps.mayConfirm(id);
    const around = { ...world, builder, runs, lock: noLock, progress, signal: ends, mayConfirm };
    const { verdict, revision } = await verifyVersion(inputOf(state, deps), around);
    log.info('Verdict', { outcome: verdict?.outcome, reason: verdict?.reason, revision, next: report.next });
  } catch (thrown) {
    if (signal.aborted || !due.signal.aborted) throw thrown;
    log.info('Verification that waits only for slow servers makes way for the next attempt');
  } finally {
    due.close();
    await reporter.close();
  }
  await follow(job, report, deps);
}

/** Another look where one may help; else the job is done. */
async function follow(job: Job, { next }: RunReport, { store, worker }: VerifyJobDeps): Promise<void> {
  if (next === null || next.at === null) await store.queue.finish(job.id, worker, next);
  else await store.queue.postpone(job.id, worker, next.at * 1000, next.why, 'ended');
}

function builderFor(
  { proposal, verdict }: ElectionState,
  tries: BuildTries,
  pastRuns: readonly number[],
  { store, clock, buildPollMs: pollMs }: VerifyJobDeps,
): Builder {
  const room = { deadlineAt: proposal.deadlineAt, runSeconds: estimate(pastRuns).seconds };
  return createQueueBuilder({
    queue: store.queue,
    clock,
    pollMs,
    failuresSince: verdict?.decidedAtMs ?? 0,
    courseOf: (outcome, tree) => tries.courseOf(outcome, tree),
    mayRebuild: (tree) => tries.mayBuild(tree, clock.now(), room),
  });
}

async function triesOf({ proposal }: ElectionState, store: ServiceStore): Promise<BuildTries> {
  const { action } = proposal;
  return new BuildTries(proposal, 'version' in action ? await store.endedBuilds(action.version.commit) : []);
}

/** An alarm is taken back only once the look is over, not by what is known so far. */
function inputOf({ proposal: { id }, verdict }: ElectionState, { question }: VerifyJobDeps): VerifyInput {
  const electedFirst = verdict?.verdict.outcome !== 'mismatch';
  return {
    ...QUESTION,
    ...question,
    electedFirst,
    earlier: verdict?.verdict ?? null,
    target: { mode: 'proposal', id },
  };
}

const QUESTION = {
  build: true,
  attestations: true,
  confirm: true,
  dryRun: false,
  keep: false,
} as const;

/** Verdicts go to the sink with the notices that tell them; one of a run that was stopped says nothing and is none. */
function serviceRuns(
  store: ServiceStore,
  report: RunReport,
  reporter: ProgressReporter,
  signal: AbortSignal,
): RunStore {
  return {
    start: async (run) => {
      const id: RunId = await store.runs.start(run);
      reporter.started(id);
      return id;
    },
    observed: (run, key, observation) => store.runs.observed(run, key, observation),
    judged: async (run, verdict, evidence, until) => {
      // What was not seen because we were stopped must not look like something that is not there.
      if (signal.aborted)
        throw new WatchError('transport', 'run-stopped', 'the run was stopped', { cause: signal.reason });
      await reporter.settled();
      return store.sink.conclude(run, report.conclude(verdict, evidence, until));
    },
  };
}

function logProgress(log: Log, event: Progress): void {
  if (event.type === 'stage') log.debug('Stage started', { stage: event.stage, sentence: event.sentence });
  if (event.type === 'build-waits')
    log.warn('Build interrupted for a more urgent one, queued again', { why: event.why });
  if (event.type === 'verdict') {
    const { verdict, revision } = event;
    const data = { outcome: verdict.outcome, reason: verdict.reason, confirmed: verdict.confirmed, revision };
    log[verdict.outcome === 'mismatch' ? 'warn' : 'info']('What is known so far', data);
  }
  if (event.type === 'bug') log.error(event.sentence, { error: event.error });
  if (event.type === 'observed' && event.observation.status === 'unavailable') {
    const { kind, subject } = event.key;
    log.info('Evidence unavailable', { kind, subject, code: event.observation.code });
  }
}
