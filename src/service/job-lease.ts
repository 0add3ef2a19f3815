import { WatchError } from '../domain/errors.ts';
import type { Job, WorkQueue } from '../domain/service-ports.ts';
import type { Clock } from '../platform/clock.ts';
import { HeldTerm } from '../platform/held-term.ts';
import type { Log } from '../platform/log.ts';

export interface LeaseDeps {
  readonly queue: Pick<WorkQueue, 'heartbeat'>;
  readonly clock: Clock;
  readonly worker: string;
  readonly leaseMs: number;
  readonly log: Log;
}

/** What is said of the work reaches the database at most this often. */
const SAY_MS = 1000;

/**
 * Works on a job while its lease is renewed. The work's signal is aborted when the service stops, and when the lease is
 * lost: then somebody else has the job, and whatever is done here must not count.
 */
export async function withLease(
  job: Job,
  deps: LeaseDeps,
  stopping: AbortSignal,
  work: (signal: AbortSignal, say: (progress: unknown) => void) => Promise<void>,
): Promise<void> {
  const said = { progress: null as unknown, news: false };
  const say = (progress: unknown): void => void Object.assign(said, { progress, news: true });
  const held = keepBeating(job, deps, said);
  try {
    await work(AbortSignal.any([stopping, held.lost]), say);
  } finally {
    held.end();
  }
}

function keepBeating(
  job: Job,
  { queue, clock, worker, leaseMs, log }: LeaseDeps,
  said: { progress: unknown; news: boolean },
): HeldTerm {
  const renew = (): Promise<boolean> => {
    said.news = false;
    return queue.heartbeat(job.id, worker, leaseMs, said.progress);
  };
  return HeldTerm.goOn({
    clock,
    leaseMs,
    everyMs: SAY_MS,
    news: () => said.news,
    renew,
    onFailure: (error) => log.warn('Lease not renewed', { job: job.key, error }),
    lostError: (why) =>
      new WatchError(
        'transport',
        'lease-lost',
        why === 'taken' ? `another worker has ${job.kind} ${job.key}` : 'the lease could not be renewed',
      ),
  });
}
