import { setTimeout as wait } from 'node:timers/promises';
import { Evidence } from '../../src/domain/evidence.ts';
import type { ProposalId } from '../../src/domain/ids.ts';
import type { Job } from '../../src/domain/service-ports.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { redeliver, requeue } from '../../src/store/operator-actions.ts';
import type { Database } from '../../src/store/database.ts';
import { createElections } from '../../src/store/elections.ts';
import { createWorkQueue } from '../../src/store/jobs.ts';
import { createCommitLock, createLeases } from '../../src/store/leases.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { pruneSome } from '../../src/store/prune.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { createVerdictSink } from '../../src/store/verdict-writer.ts';
import { commit, electionProposal, noticeOf, verdictOf } from '../support/records.ts';

/** What a worker did with a job that it claimed. */
export interface Done {
  readonly key: string;
  readonly attempt: number;
  /** Its lease held until the end. */
  readonly finished: boolean;
  /** Builds of the same commit that were held at the same time. */
  readonly beside: number;
}

/** Loops of one process, so that on a server several of its connections are in use at once. */
const LOOPS = 3;

async function loops<T>(worker: string, loop: (worker: string) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: LOOPS }, (_, n) => loop(`${worker}.${n}`)));
}

/** Claims until nothing is due, and finishes each job at once: what each loop got, in order. */
export function work(database: Database, worker: string, kind: Job['kind']): Promise<Done[][]> {
  const queue = createWorkQueue(database);
  return loops(worker, async (name) => {
    const done: Done[] = [];
    for (let job = await queue.claim(kind, name, 60_000); job; job = await queue.claim(kind, name, 60_000)) {
      const held = await queue.heartbeat(job.id, name, 60_000, { by: name });
      const beside = await heldBeside(database, job);
      const finished = held && (await queue.finish(job.id, name, { by: name }));
      done.push({ key: job.key, attempt: job.attempt, finished, beside });
    }
    return done;
  });
}

async function heldBeside({ db }: Database, { id, key }: Job): Promise<number> {
  const others = await db
    .selectFrom('jobs')
    .select('id')
    .where('kind', '=', 'build')
    .where('state', '=', 'held')
    .where('key', 'like', `${key.slice(0, 40)}%`)
    .where('id', '<>', id)
    .execute();
  return others.length;
}

/** As `work`, but slower than the lease now and then, or gone without a word, until every job is finished. */
export function workBadly(database: Database, worker: string): Promise<Done[][]> {
  const [queue, leaseMs] = [createWorkQueue(database), 100];
  return loops(worker, async (name) => {
    const done: Done[] = [];
    while (await anyUnfinished(database)) {
      const job = await queue.claim('verify', name, leaseMs);
      await wait(job ? Math.random() * leaseMs * 1.5 : 20);
      if (!job || (job.attempt === 1 && Math.random() < 0.3)) continue;
      const { id, key, attempt } = job;
      const again = Math.random() < 0.2;
      if (again) await queue.postpone(id, name, 0, 'busy');
      else done.push({ key, attempt, finished: await queue.finish(id, name, null), beside: 0 });
    }
    return done;
  });
}

async function anyUnfinished({ db }: Database): Promise<boolean> {
  return (await db.selectFrom('jobs').select('id').where('state', '<>', 'finished').limit(1).execute()).length > 0;
}

/** Counts in two steps that only a lock keeps together. */
export async function countUnderLock(database: Database, worker: string, rounds: number): Promise<void> {
  const lock = createCommitLock(database, { clock: systemClock, pollMs: 2 });
  await loops(worker, async () => {
    for (let round = 0; round < rounds; round += 1) {
      const turn = await lock.acquire(commit, new AbortController().signal);
      const { value } = await counter(database).executeTakeFirstOrThrow();
      await wait(1);
      await database.db
        .updateTable('marks')
        .set({ value: String(Number(value) + 1) })
        .where('name', '=', 'count')
        .execute();
      await turn?.release();
    }
  });
}

const counter = ({ db }: Database) => db.selectFrom('marks').select('value').where('name', '=', 'count');

/** One message at a time to one notifier, by whoever has the lease for it: keys in the order in which they were sent. */
export async function deliver(database: Database, worker: string): Promise<string[]> {
  const [outbox, leases] = [createOutbox(database), createLeases(database, { clock: systemClock })];
  const sent: string[] = [];
  await loops(worker, async () => {
    while ((await outbox.nextDueMs('discord')) !== null) {
      const lease = await leases.take('deliver discord');
      const delivery = lease && (await outbox.next('discord', Date.now()));
      if (delivery) {
        sent.push(delivery.notice.key);
        await outbox.sent(delivery.id, { message: delivery.id }, Date.now());
      }
      await lease?.release();
    }
  });
  return sent;
}

/** What a service, its builder and people at the command line do to elections that all of them know, at once. */
export async function everything(database: Database, worker: string, rounds: number): Promise<void> {
  const shared = electionProposal();
  const elections = createElections(database, { network: 'mainnet', notifiers: ['discord', 'slack'] });
  const runs = createRunStore(database, Date.now, 'mainnet');
  const sink = createVerdictSink(database, Date.now, null);
  const [queue, outbox] = [createWorkQueue(database), createOutbox(database)];
  const discover = async (round: number): Promise<unknown> => {
    const found = electionProposal({ id: `${worker}${String(round).padStart(4, '0')}` as ProposalId });
    return elections.record(
      [found, shared].map((proposal) => ({ proposal, history: false })),
      Date.now(),
    );
  };
  const verify = async (round: number): Promise<void> => {
    const run = await runs.start({ mode: 'proposal', proposal: shared, proposalId: shared.id, commit });
    const tell = (revision: number) => [noticeOf(`${shared.id} verdict ${revision}`, { type: 'verdict' })];
    const outcome = round % 2 === 0 ? 'verified' : 'inconclusive';
    const conclusion = { verdict: verdictOf(outcome), evidence: new Evidence(), final: true, tell };
    await sink.conclude(run, { ...conclusion, notifiers: ['discord', 'slack'] });
  };
  const byHand = async (round: number): Promise<void> => {
    await requeue(database, shared.id, false);
    await queue.enqueue({ kind: 'build', key: `${worker}${round}`.padStart(40, '0'), input: null }, 0);
    await redeliver(database, shared.id, 'slack');
    await pruneSome(database, Date.now());
  };
  const send = async (): Promise<void> => {
    const job = await queue.claim('verify', worker, 60_000);
    if (job) await queue.finish(job.id, worker, null);
    const delivery = await outbox.next('slack', Date.now());
    if (delivery) await outbox.sent(delivery.id, { message: delivery.id }, Date.now());
  };
  await Promise.all(
    [discover, verify, byHand, send].map(async (act) => {
      for (let round = 0; round < rounds; round += 1) await act(round);
    }),
  );
}
