import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CommitId, ProposalId } from '../../src/domain/ids.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Job, WorkQueue } from '../../src/domain/service-ports.ts';
import { byUrgency, type Urgency } from '../../src/domain/stage.ts';
import { createWorkQueue } from '../../src/store/jobs.ts';
import { saveProposal } from '../../src/store/proposals.ts';
import { clear, databases, ENGINE_START_MS, migrated, type Empty } from '../support/databases.ts';
import { memoryQueue } from '../support/memory-queue.ts';
import { version } from '../support/evidence.ts';
import { electionProposal } from '../support/records.ts';

let now = 1_000_000;

interface Opened {
  queue: WorkQueue;
  know: (proposal: Proposal) => Promise<void>;
  clear: () => Promise<void>;
  close: () => Promise<void>;
}

function inMemory(): Opened {
  const known = new Map<string, Urgency>();
  const urgencyOf = (proposalId: string): Urgency =>
    known.get(proposalId) ?? { proposalId, decided: false, deadlineAt: null };
  const opened: Opened = {
    queue: memoryQueue(() => now, urgencyOf),
    know: async ({ id, status, deadlineAt, action }) => {
      const urgency = { proposalId: id, decided: status !== 'open' && status !== 'unknown', deadlineAt };
      known.set(id, urgency);
      if ('version' in action) known.set(action.version.commit, urgency);
    },
    clear: async () => {
      known.clear();
      opened.queue = memoryQueue(() => now, urgencyOf);
    },
    close: async () => undefined,
  };
  return opened;
}

async function inDatabase(empty: Empty): Promise<Opened> {
  const database = { ...(await migrated(empty)), clock: () => now };
  return {
    queue: createWorkQueue(database),
    know: async (proposal) => {
      await saveProposal(database, database.db, proposal, now);
    },
    clear: () => clear(database),
    close: database.close,
  };
}

const queues = [
  ...databases.map(({ kind, empty }) => ({ what: `on ${kind}`, open: () => inDatabase(empty) })),
  { what: 'in memory', open: async () => inMemory() },
];

describe.each(queues)('a work queue $what', ({ open }) => {
  let opened: Opened;
  beforeAll(async () => void (opened = await open()), ENGINE_START_MS);
  afterAll(() => opened.close());
  beforeEach(() => opened.clear());

  const verify = (id: string, notBefore = 0): Promise<void> =>
    opened.queue.enqueue({ kind: 'verify', key: id, input: { proposal: id } }, notBefore);
  const build = (key: string): Promise<void> => opened.queue.enqueue({ kind: 'build', key, input: null }, 0);
  const claim = (kind: Job['kind'] = 'verify', worker = 'a'): Promise<Job | null> =>
    opened.queue.claim(kind, worker, 1000);
  const claimed = async (kind: Job['kind'] = 'verify', worker = 'a'): Promise<Job> => {
    const job = await claim(kind, worker);
    if (!job) throw new Error('nothing was claimed');
    return job;
  };

  it('gives a job once, with its input and how often it was claimed', async () => {
    await verify('7');
    expect(await claimed()).toMatchObject({ kind: 'verify', key: '7', input: { proposal: '7' }, attempt: 1 });
    expect(await claim('verify', 'b')).toBeNull();
    expect(await claim('build', 'b')).toBeNull();
  });

  it('gives each of many to one only of those who ask at once', async () => {
    for (let n = 1; n <= 5; n += 1) await verify(String(n));
    const got = await Promise.all(Array.from({ length: 8 }, (_, n) => claim('verify', `worker ${n}`)));
    const keys = got.flatMap((job) => (job ? [job.key] : []));
    expect(keys.sort()).toEqual(['1', '2', '3', '4', '5']);
  });

  it('takes no second unfinished job with one key, and another once that is finished', async () => {
    await verify('7');
    await opened.queue.enqueue({ kind: 'verify', key: '7', input: 'other' }, 0);
    const first = await claimed();
    expect(first.input).toEqual({ proposal: '7' });
    await verify('7');
    expect(await claim()).toBeNull();
    expect(await opened.queue.finish(first.id, 'a', { done: true })).toBe(true);
    await verify('7');
    const second = await claimed();
    expect(second.id).not.toBe(first.id);
    expect(second.attempt).toBe(1);
  });

  it('keeps jobs of different kinds with one key apart', async () => {
    await verify('x'.repeat(40));
    await build('x'.repeat(40));
    expect((await claimed('build')).kind).toBe('build');
    expect((await claimed('verify')).kind).toBe('verify');
  });

  it('gives nothing before its time', async () => {
    await verify('7', now + 500);
    expect(await claim()).toBeNull();
    now += 500;
    expect((await claimed()).key).toBe('7');
  });

  it('orders undecided first, then by deadline, an unknown one last, then by number', async () => {
    const some: Partial<Proposal>[] = [
      { id: '100' as ProposalId, status: 'executed', deadlineAt: 10, decidedAt: 5, executedAt: 5 },
      { id: '99' as ProposalId, status: 'adopted', deadlineAt: 20, decidedAt: 5 },
      { id: '8' as ProposalId, status: 'open', deadlineAt: null },
      { id: '1000' as ProposalId, status: 'open', deadlineAt: 900 },
      { id: '200' as ProposalId, status: 'open', deadlineAt: 900 },
      { id: '5' as ProposalId, status: 'unknown', deadlineAt: 1000 },
      { id: '30' as ProposalId, status: 'open', deadlineAt: 800 },
    ];
    for (const changes of some) await opened.know(electionProposal(changes));
    for (const { id } of some) await verify(id!);
    await verify('31');
    const order: string[] = [];
    for (let job = await claim(); job; job = await claim()) order.push(job.key);
    const urgencies = [...some, { id: '31' as ProposalId, status: 'open' as const, deadlineAt: null }].map((each) => ({
      proposalId: each.id!,
      decided: each.status !== 'open' && each.status !== 'unknown',
      deadlineAt: each.deadlineAt ?? null,
    }));
    expect(order).toEqual(urgencies.sort(byUrgency).map(({ proposalId }) => proposalId));
    expect(order).toEqual(['30', '200', '1000', '5', '8', '31', '100', '99']);
  });

  it('gives first the build for which voting closes first, and last what nobody votes on any more', async () => {
    const some: readonly [string, Partial<Proposal>][] = [
      ['d4', { id: '1' as ProposalId, status: 'executed', deadlineAt: 10, decidedAt: 5, executedAt: 5 }],
      ['a1', { id: '2' as ProposalId, status: 'open', deadlineAt: 900 }],
      ['b2', { id: '3' as ProposalId, status: 'open', deadlineAt: 800 }],
    ];
    for (const [name, changes] of some) {
      const commit = name.repeat(20) as CommitId;
      const action = { kind: 'elect-guestos' as const, version: version({ commit }) };
      await opened.know(electionProposal({ ...changes, action }));
      await build(`${commit}#1`);
    }
    const order: string[] = [];
    for (let job = await claim('build'); job; job = await claim('build')) order.push(job.key.slice(0, 2));
    expect(order).toEqual(['b2', 'a1', 'd4']);
  });

  it('gives builds that are as urgent first come, first served, and never two of one commit at a time', async () => {
    const [one, two] = ['a1'.repeat(20), 'b2'.repeat(20)];
    await build(`${one}#1`);
    await build(`${one}#2`);
    await build(`${two}#1`);
    const first = await claimed('build');
    expect(first.key).toBe(`${one}#1`);
    expect((await claimed('build')).key).toBe(`${two}#1`);
    expect(await claim('build')).toBeNull();
    await opened.queue.finish(first.id, 'a', null);
    expect((await claimed('build')).key).toBe(`${one}#2`);
  });

  it('is held as long as its lease is renewed, and rescued when it is not', async () => {
    await verify('7');
    const { id } = await claimed();
    now += 900;
    expect(await opened.queue.heartbeat(id, 'a', 1000, { percent: 40 })).toBe(true);
    now += 900;
    expect(await claim('verify', 'b')).toBeNull();
    now += 100;
    expect(await claimed('verify', 'b')).toMatchObject({ id, attempt: 2 });
    expect(await opened.queue.heartbeat(id, 'a', 1000, null)).toBe(false);
    expect(await opened.queue.finish(id, 'a', null)).toBe(false);
    expect(await opened.queue.postpone(id, 'a', 0, 'late')).toBe(false);
    expect(await opened.queue.finish(id, 'b', null)).toBe(true);
  });

  it('comes again at its time when it was postponed', async () => {
    await verify('7');
    const { id, why } = await claimed();
    expect(why).toBeNull();
    expect(await opened.queue.postpone(id, 'a', now + 5000, 'the CDN is down')).toBe(true);
    expect(await claim()).toBeNull();
    now += 5000;
    expect(await claimed()).toMatchObject({ id, attempt: 2, why: 'the CDN is down' });
  });

  it('comes again at once when it was given back, as if it had not been claimed', async () => {
    await verify('7');
    const { id } = await claimed();
    expect(await opened.queue.giveBack(id, 'b', 'not his')).toBe(false);
    expect(await opened.queue.giveBack(id, 'a', 'the service was stopped')).toBe(true);
    expect(await claimed('verify', 'b')).toMatchObject({ id, attempt: 1, why: 'the service was stopped' });
  });

  it('shows the newest job of a key, its progress and its result', async () => {
    const key = 'c3'.repeat(20);
    expect(await opened.queue.look('build', key)).toBeNull();
    await build(key);
    expect(await opened.queue.look('build', key)).toEqual({ state: 'queued', why: null, progress: null, result: null });
    const { id } = await claimed('build');
    await opened.queue.heartbeat(id, 'a', 1000, { line: 'compiling \0 🦀' });
    expect(await opened.queue.look('build', key)).toMatchObject({
      state: 'held',
      progress: { line: 'compiling \0 🦀' },
    });
    await opened.queue.finish(id, 'a', { images: [['guestos', 1]] });
    expect(await opened.queue.look('build', key)).toMatchObject({
      state: 'finished',
      result: { images: [['guestos', 1]] },
    });
    await build(key);
    expect(await opened.queue.look('build', key)).toMatchObject({ state: 'queued', result: null });
  });

  it('has nothing to say about jobs that are not held', async () => {
    await verify('7');
    expect(await opened.queue.heartbeat('nothing', 'a', 1000, null)).toBe(false);
    expect(await opened.queue.finish('nothing', 'a', null)).toBe(false);
    const { id } = await claimed();
    await opened.queue.finish(id, 'a', null);
    expect(await opened.queue.heartbeat(id, 'a', 1000, null)).toBe(false);
    expect(await opened.queue.finish(id, 'a', null)).toBe(false);
  });
});
