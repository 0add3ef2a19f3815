import { WatchError } from '../../domain/errors.ts';
import type { Job, WorkQueue } from '../../domain/service-ports.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';

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
  const [ended, lost] = [new AbortController(), new AbortController()];
  const said: Said = { progress: null, news: false };
  const say = (progress: unknown): void => void Object.assign(said, { progress, news: true });
  const beating = keepBeating(job, deps, said, ended.signal, lost);
  try {
    await work(AbortSignal.any([stopping, lost.signal]), say);
  } finally {
    ended.abort();
    await beating;
  }
}

interface Said {
  progress: unknown;
  news: boolean;
}

async function keepBeating(
  job: Job,
  { queue, clock, worker, leaseMs, log }: LeaseDeps,
  said: Said,
  ended: AbortSignal,
  lost: AbortController,
): Promise<void> {
  let renewedAt = clock.now();
  for (;;) {
    await clock.sleep(SAY_MS, ended);
    if (ended.aborted) return;
    if (!said.news && Math.abs(clock.now() - renewedAt) < leaseMs / 3) continue;
    said.news = false;
    try {
      const held = await queue.heartbeat(job.id, worker, leaseMs, said.progress);
      if (!held) lost.abort(new WatchError('transport', 'lease-lost', `another worker has ${job.kind} ${job.key}`));
      renewedAt = clock.now();
    } catch (cause) {
      log.warn('A lease was not renewed', { job: job.key, error: cause });
      if (clock.now() - renewedAt < leaseMs) continue;
      lost.abort(new WatchError('transport', 'lease-lost', 'the lease could not be renewed', { cause }));
    }
  }
}
