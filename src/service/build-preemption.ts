import { WatchError } from '../domain/errors.ts';
import { parseCommitId, type CommitId } from '../domain/ids.ts';
import type { BuildJob, Job, WorkQueue } from '../domain/service-ports.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { waitingBehind, type PendingDeps } from './pending-elections.ts';

export interface PreemptionDeps {
  readonly queue: Pick<WorkQueue, 'look'>;
  readonly states: PendingDeps['states'];
  readonly clock: Clock;
  readonly log: Log;
}

/** One build, for as long as it goes on. */
export interface WatchedBuild {
  /** Aborted when the build is to give way. */
  readonly signal: AbortSignal;
  /** What it gives way to, as a sentence; null: it does not. */
  readonly reason: () => string | null;
  readonly end: () => void;
}

const ASK_EVERY_MS = 30_000;
/** Strangers submit proposals: a build must come to its end whatever they submit. */
const MOST_TIMES = 2;
const ATTEMPTS = [1, 2];

/**
 * Has a build give way to that of a more urgent election which would miss its deadline behind it. Nothing else is
 * risked for it: whatever is in time now must be in time afterwards.
 */
export class BuildPreemption {
  readonly #deps: PreemptionDeps;
  /** How often each build gave way, by job. */
  readonly #times = new Map<string, number>();

  constructor(deps: PreemptionDeps) {
    this.#deps = deps;
  }

  watch(job: Job): WatchedBuild {
    const [gives, over] = [new AbortController(), new AbortController()];
    let reason: string | null = null;
    void this.#ask(job, over.signal).then((other) => {
      if (other === null || over.signal.aborted) return;
      reason = `it gave way to proposal ${other}, whose voting closes first`;
      this.#times.set(job.id, (this.#times.get(job.id) ?? 0) + 1);
      gives.abort(new WatchError('transport', 'build-gave-way', reason));
    });
    return { signal: gives.signal, reason: () => reason, end: () => over.abort() };
  }

  /** The proposal for which the build gives way, once there is one; null: none came. */
  async #ask(job: Job, over: AbortSignal): Promise<string | null> {
    const { clock, log } = this.#deps;
    const commit = parseCommitId(String((job.input as Partial<BuildJob>).commit));
    if (!commit || (this.#times.get(job.id) ?? 0) >= MOST_TIMES) return null;
    for (;;) {
      await clock.sleep(ASK_EVERY_MS, over);
      if (over.aborted) return null;
      const urgent = await this.#urgent(commit).catch((error: unknown) => {
        log.warn('Urgency of other builds could not be read', { build: job.key, error });
        return null;
      });
      if (urgent !== null) return urgent;
    }
  }

  /** Only one whose build could begin at once: it may never be asked for, and another builder may have it. */
  async #urgent(commit: CommitId): Promise<string | null> {
    const { queue, states, clock } = this.#deps;
    for (const { proposalId, commit: other } of await waitingBehind(commit, { states, now: () => clock.now() })) {
      const builds = await Promise.all(ATTEMPTS.map((attempt) => queue.look('build', `${other ?? ''}#${attempt}`)));
      const isReady = builds.some((build) => build?.state === 'queued');
      if (isReady && builds.every((build) => build?.state !== 'held')) return proposalId;
    }
    return null;
  }
}
