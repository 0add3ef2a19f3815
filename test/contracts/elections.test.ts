import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ProposalId } from '../../src/domain/ids.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Elections, Outbox, WorkQueue } from '../../src/domain/service-ports.ts';
import { createElections } from '../../src/store/elections.ts';
import { createWorkQueue } from '../../src/store/jobs.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { clear, databases, ENGINE_START_MS, migrated, type Empty } from '../support/databases.ts';
import { memoryElections } from '../support/memory-elections.ts';
import { memoryOutbox } from '../support/memory-outbox.ts';
import { memoryQueue } from '../support/memory-queue.ts';
import { electionProposal } from '../support/records.ts';

interface Opened {
  elections: Elections;
  queue: WorkQueue;
  outbox: Outbox;
  clear: () => Promise<void>;
  close: () => Promise<void>;
}

async function inDatabase(empty: Empty): Promise<Opened> {
  const database = await migrated(empty);
  return {
    elections: createElections(database, { network: 'mainnet', notifiers: ['discord', 'slack'] }),
    queue: createWorkQueue(database),
    outbox: createOutbox(database),
    clear: () => clear(database),
    close: database.close,
  };
}

function inMemory(): Opened {
  const fresh = (): Pick<Opened, 'elections' | 'queue' | 'outbox'> => {
    const queue = memoryQueue(
      () => 0,
      (proposalId) => ({ proposalId, decided: false, deadlineAt: null }),
    );
    const outbox = memoryOutbox();
    return { queue, outbox, elections: memoryElections({ queue, outbox, notifiers: ['discord', 'slack'] }) };
  };
  const opened: Opened = {
    ...fresh(),
    clear: async () => void Object.assign(opened, fresh()),
    close: async () => undefined,
  };
  return opened;
}

const stores = [
  ...databases.map(({ kind, empty }) => ({ what: `on ${kind}`, open: () => inDatabase(empty) })),
  { what: 'in memory', open: async () => inMemory() },
];

describe.each(stores)('elections $what', ({ open }) => {
  let opened: Opened;
  let elections: Elections;
  beforeAll(async () => void (opened = await open()), ENGINE_START_MS);
  afterAll(() => opened.close());
  beforeEach(async () => {
    await opened.clear();
    elections = opened.elections;
  });

  const id = (number: number | string): ProposalId => String(number) as ProposalId;
  const found = (changes: Partial<Proposal>, history = false) => ({ proposal: electionProposal(changes), history });
  const works = async (): Promise<readonly string[]> => {
    const keys: string[] = [];
    for (let job = await opened.queue.claim('verify', 'a', 60_000); job;) {
      keys.push(job.key);
      job = await opened.queue.claim('verify', 'a', 60_000);
    }
    return keys;
  };

  it('know nothing at a first start', async () => {
    expect(await elections.known()).toEqual({ newest: null, unfinished: [] });
  });

  it('make work and news of a new election, once', async () => {
    expect(await elections.record([found({})], 1000)).toEqual({ refused: [] });
    expect(await elections.record([found({})], 2000)).toEqual({ refused: [] });
    expect(await works()).toEqual(['143816']);
    for (const notifier of ['discord', 'slack']) {
      const delivery = await opened.outbox.next(notifier, 0);
      expect(delivery?.notice).toMatchObject({ type: 'discovered', at: 1, proposal: { id: '143816' } });
      await opened.outbox.sent(delivery!.id, null, 1);
      expect(await opened.outbox.next(notifier, 0)).toBeNull();
    }
  });

  it('make neither of history, nor of other topics', async () => {
    await elections.record(
      [
        found({ id: id(1), status: 'executed', decidedAt: 5, rewardStatus: 'settled' }, true),
        found({ id: id(2), topic: 5, action: { kind: 'other' } }),
      ],
      1000,
    );
    expect(await works()).toEqual([]);
    expect(await opened.outbox.next('discord', 0)).toBeNull();
    expect((await elections.known()).unfinished).toEqual([]);
  });

  it('make work of what was taken for history once it is known that votes count', async () => {
    await elections.record([found({ status: 'unknown', rewardStatus: 'unknown' }, true)], 1000);
    expect(await works()).toEqual([]);
    await elections.record([found({})], 2000);
    expect(await works()).toEqual(['143816']);
    expect((await elections.known()).unfinished).toEqual(['143816']);
  });

  it('make work again of what could not be decoded, once it can', async () => {
    const action = { kind: 'undecodable', code: 'proposal-unreadable', sentence: 'No.' } as const;
    await elections.record([found({ action })], 1000);
    const job = await opened.queue.claim('verify', 'a', 60_000);
    await opened.queue.finish(job?.id ?? '', 'a', null);
    await elections.record([found({})], 2000);
    expect(await works()).toEqual(['143816']);
  });

  it('make both of what elects under a topic that we do not know', async () => {
    await elections.record([found({ topic: 99 })], 1000);
    expect(await works()).toEqual(['143816']);
    expect((await elections.known()).unfinished).toEqual(['143816']);
  });

  it('make both of what cannot be decoded', async () => {
    const action = { kind: 'undecodable', code: 'garbage', sentence: 'No.' } as const;
    await elections.record([found({ action })], 1000);
    expect(await works()).toEqual(['143816']);
    expect((await opened.outbox.next('discord', 0))?.notice.sentence).toContain('cannot be decoded');
  });

  it('remember up to where they were followed, whatever else they know, and never go back', async () => {
    await elections.record([found({ id: id(500) })], 1000);
    expect((await elections.known()).newest).toBeNull();
    await elections.record([], 1000, id(999));
    await elections.record([], 1000, id(1000));
    expect((await elections.known()).newest).toBe('1000');
    await elections.record([], 1000, id(99));
    expect((await elections.known()).newest).toBe('1000');
    await elections.record([], 1000, id('18446744073709551615'));
    expect((await elections.known()).newest).toBe('18446744073709551615');
  });

  it('go on until they are decided, executed and no vote counts any more', async () => {
    const states: Partial<Proposal>[] = [
      { id: id(1), status: 'open' },
      { id: id(2), status: 'adopted', decidedAt: 5, rewardStatus: 'settled' },
      { id: id(30), status: 'executed', decidedAt: 5, rewardStatus: 'accept-votes' },
      { id: id(4), status: 'unknown', rewardStatus: 'unknown' },
      { id: id(5), status: 'executed', decidedAt: 5, rewardStatus: 'ready-to-settle' },
      { id: id(6), status: 'rejected', decidedAt: 5, rewardStatus: 'settled' },
      { id: id(7), status: 'failed', decidedAt: 5, rewardStatus: 'unknown' },
    ];
    await elections.record(
      states.map((state) => found(state)),
      1000,
    );
    expect((await elections.known()).unfinished).toEqual(['1', '2', '4', '30']);
  });

  const later = {
    status: 'adopted',
    decidedAt: 50,
    tally: { yes: '10', no: '5', total: '20' },
    deadlineAt: 900,
  } as const;
  const older: [what: string, changes: Partial<Proposal>][] = [
    ['a status that went back', { ...later, status: 'open' }],
    ['a decision undone', { ...later, decidedAt: null }],
    ['an earlier deadline', { ...later, deadlineAt: 899 }],
    ['no deadline', { ...later, deadlineAt: null }],
    ['fewer votes for it', { ...later, tally: { yes: '9', no: '5', total: '20' } }],
    ['fewer votes against it', { ...later, tally: { yes: '11', no: '4', total: '20' } }],
    ['another end', { ...later, status: 'rejected' }],
  ];
  it.each(older)('refuse %s, and take what comes with it', async (_what, changes) => {
    await elections.record([found(later)], 1000);
    const both = [found(changes), found({ id: id(7) })];
    expect(await elections.record(both, 2000)).toEqual({ refused: ['143816'] });
    expect((await elections.known()).unfinished).toEqual(['7', '143816']);
    const executed = { ...later, status: 'executed', executedAt: 60, rewardStatus: 'settled' } as const;
    expect(await elections.record([found(executed)], 3000)).toEqual({ refused: [] });
    expect((await elections.known()).unfinished).toEqual(['7']);
    expect(await elections.record([found(later)], 4000)).toEqual({ refused: ['143816'] });
  });

  it('take more votes, a later deadline, and a tally that is not told', async () => {
    await elections.record([found(later)], 1000);
    const more = { ...later, deadlineAt: 1000, tally: { yes: '10', no: '99999999999999999999', total: '20' } };
    expect(await elections.record([found(more)], 2000)).toEqual({ refused: [] });
    expect(await elections.record([found({ ...more, tally: null })], 3000)).toEqual({ refused: [] });
  });
});
