import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createServiceStore } from '../../src/app/compose-store.ts';
import { deliverLoop } from '../../src/service/delivery-worker.ts';
import type { ServiceStore } from '../../src/store/service-store.ts';
import { WatchError } from '../../src/domain/errors.ts';
import type { Notice } from '../../src/domain/notice.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Database } from '../../src/store/database.ts';
import { clear, databases, ENGINE_START_MS, migrated } from '../support/databases.ts';
import { memoryBlobs } from '../support/memory-blobs.ts';
import { electionProposal, noticeOf } from '../support/records.ts';
import { quietLog } from './quiet-log.ts';

const START = 1_789_000_000_000;
const running = new AbortController().signal;

describe.each(databases)('what is owed to a channel, on $kind', ({ empty }) => {
  let database: Database;
  let store: ServiceStore;
  let now = START;
  const clock = { now: () => now, sleep: async () => undefined };
  beforeAll(async () => {
    database = { ...(await migrated(empty)), clock: clock.now };
    const parts = { database, blobs: memoryBlobs(), clock, network: 'mainnet', notifiers: [], toolVersion: '1' };
    store = createServiceStore(parts);
  }, ENGINE_START_MS);
  afterAll(() => database.close());
  beforeEach(async () => {
    now = START;
    await clear(database);
  });

  const election = async (id: string, changes: Partial<Proposal> = {}): Promise<Proposal> => {
    const proposal = electionProposal({ id: id as Proposal['id'], ...changes });
    await store.elections.record([{ proposal, history: false }], now);
    return proposal;
  };
  const tell = (about: Proposal, type: Notice['type'], revision = 1): Promise<void> =>
    store.outbox.enqueue([noticeOf(`proposal ${about.id} ${type} ${revision}`, { type, about })], ['old']);

  /** A loop that tells `id`, with what arrived there; it takes nothing while `taken` says no. */
  function channel(id: string, taken: (notice: Notice) => boolean = () => true, others = ['another']) {
    const arrived: string[] = [];
    const deliver = async (notice: Notice): Promise<null> => {
      if (!taken(notice)) throw new WatchError('rejected', 'discord-missing-access', 'no access');
      arrived.push(notice.key);
      return null;
    };
    const trouble = { store, network: 'mainnet', notifiers: [...others, id], now: clock.now };
    const parts = { config: { quietHours: null }, store, log: quietLog, clock };
    const { round } = deliverLoop({ id, deliver, close: async () => undefined }, parts, trouble);
    return { arrived, round: () => round(running) };
  }

  it('is the newest verdict of each open election, where the channel takes the place of another', async () => {
    const [one, two, closed] = [await election('1'), await election('2'), await election('3', { deadlineAt: 1 })];
    for (const revision of [1, 2]) await tell(one, 'verdict', revision);
    await tell(one, 'decided');
    await tell(two, 'early-finding');
    await tell(two, 'cannot-finish');
    await tell(closed, 'verdict');
    const keys = ['proposal 1 verdict 2', 'proposal 2 cannot-finish 1'];
    expect(await store.requeueDead(['old', 'new'])).toEqual(keys);
    expect(await store.requeueDead(['old', 'new'])).toEqual([]);
    const { arrived, round } = channel('new');
    await round();
    expect(arrived).toEqual(keys);
  });

  it('is nothing where a later notice carried the verdict', async () => {
    const one = await election('1');
    await tell(one, 'verdict');
    await store.outbox.enqueue([noticeOf('later', { type: 'decided', about: one })], ['old', 'new']);
    expect(await store.requeueDead(['old', 'new'])).toEqual([]);
  });

  it('is what it refused, as soon as it takes anything again', async () => {
    const [one, two] = [await election('1'), await election('2')];
    let mended = false;
    const { arrived, round } = channel('old', () => mended);
    await tell(one, 'verdict');
    await round();
    expect(arrived).toEqual([]);
    mended = true;
    await tell(two, 'verdict');
    await round();
    expect(arrived).toEqual(['proposal 2 verdict 1', 'proposal 1 verdict 1']);
  });

  it('does not go round and round where the channel refuses just that, and is the only one', async () => {
    const asked: string[] = [];
    const { arrived, round } = channel('old', ({ key, type }) => (asked.push(key), type !== 'verdict'), []);
    await tell(await election('1'), 'verdict');
    for (let minute = 0; minute < 25; minute += 1) {
      await round();
      now += 60_000;
    }
    expect(asked.filter((key) => key.includes('verdict'))).toHaveLength(4);
    // That it is broken, and that it is not: once.
    expect(arrived).toHaveLength(2);
  });

  it('is the newest reminder, the discovery where nothing else came, and how the vote ended', async () => {
    const [one, two] = [await election('1'), await election('2')];
    const three = await election('3', { deadlineAt: START / 1000 - 60 });
    const at = START / 1000;
    const { arrived, round } = channel('old', () => mended);
    let mended = false;
    for (const revision of [6, 1]) await tell(one, 'reminder', revision);
    await tell(two, 'discovered');
    await store.outbox.enqueue([noticeOf('closed', { type: 'closed', about: three, at })], ['old']);
    await round();
    mended = true;
    now += 11 * 60_000;
    await round();
    await round();
    expect(arrived.filter((key) => !key.startsWith('trouble')).sort()).toEqual([
      'closed',
      'proposal 1 reminder 1',
      'proposal 2 discovered 1',
    ]);
  });

  it('is the reminder first, then the alarm of another election, then the rest', async () => {
    const open = { deadlineAt: START / 1000 + 3600 };
    const [one, two, three] = [await election('1', open), await election('2', open), await election('3', open)];
    const over = await election('4', { deadlineAt: START / 1000 - 60 });
    await tell(over, 'closed');
    await tell(three, 'discovered');
    await tell(two, 'verdict');
    await tell(one, 'decided');
    await tell(one, 'reminder');
    const { arrived, round } = channel('old');
    await round();
    expect(arrived).toEqual([
      'proposal 1 decided 1',
      'proposal 1 reminder 1',
      'proposal 2 verdict 1',
      'proposal 4 closed 1',
      'proposal 3 discovered 1',
    ]);
  });

  it('is asked for a few times where just that is refused, and then no more', async () => {
    const asked: number[] = [];
    const { round } = channel('old', ({ type }) => type !== 'verdict' || (asked.push(now), false));
    const about = await election('1', { deadlineAt: START / 1000 + 4 * 86_400 });
    const other = await election('2');
    await tell(about, 'verdict');
    for (let news = 1; now < START + 86_400_000; now += 300_000, news += 1) {
      await tell(other, 'decided', news);
      await round();
    }
    expect(asked.length).toBeGreaterThan(2);
    expect(asked.length).toBeLessThanOrEqual(6);
  });

  it('is asked for every hour at most where nothing shows that the channel takes anything', async () => {
    const asked: number[] = [];
    const { round } = channel('old', ({ type }) => type !== 'verdict' || (asked.push(now), false));
    await tell(await election('2'), 'decided');
    await round();
    await tell(await election('1', { deadlineAt: START / 1000 + 4 * 86_400 }), 'verdict');
    for (; now < START + 86_400_000; now += 300_000) await round();
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.length).toBeLessThanOrEqual(30);
  });

  it('is tried again every ten minutes, while votes count', async () => {
    const asked: number[] = [];
    const { round } = channel('old', () => (asked.push(now), false));
    await tell(await election('1', { deadlineAt: START / 1000 + 1800 }), 'cannot-finish');
    for (; now < START + 3_600_000; now += 60_000) await round();
    expect(asked.map((at) => (at - START) / 60_000)).toEqual([0, 11, 22]);
  });
});
