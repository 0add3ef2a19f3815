import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProposalId } from '../../src/domain/ids.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import { byUrgency, type Urgency } from '../../src/domain/stage.ts';
import type { Database } from '../../src/store/database.ts';
import type { WorkQueue } from '../../src/domain/service-ports.ts';
import { createWorkQueue } from '../../src/store/jobs.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { saveProposal } from '../../src/store/proposals.ts';
import { sharedDatabases } from '../support/databases.ts';
import { electionProposal, noticeOf } from '../support/records.ts';
import { seeded } from '../support/seeded.ts';
import { together } from './processes.ts';
import type { Done } from './tasks.ts';

const PROCESSES = 4;

const ascending = <T>(values: readonly T[], by: (a: T, b: T) => number): boolean =>
  values.every((value, n) => n === 0 || by(values[n - 1] as T, value) <= 0);
const ordinals = (count: number): number[] => Array.from({ length: count }, (_, n) => n + 1);

describe.each(sharedDatabases)('several processes on $kind', { timeout: 180_000 }, ({ empty }) => {
  let address: string;
  let database: Database;
  beforeEach(async () => {
    ({ address, database } = await empty());
    await migrate(database);
  });
  afterEach(() => database.close());

  const know = async (count: number): Promise<Map<string, Urgency>> => {
    const random = seeded(7);
    const proposals = ordinals(count).map((n): Proposal => {
      const deadlineAt = random() < 0.1 ? null : 1000 + Math.floor(random() * 20);
      const changes = { id: String(n) as ProposalId, status: random() < 0.2 ? 'adopted' : 'open', deadlineAt } as const;
      return electionProposal(changes);
    });
    for (const proposal of proposals) await saveProposal(database, database.db, proposal, 1);
    return new Map(
      proposals.map(({ id, status, deadlineAt }) => [id, { proposalId: id, decided: status !== 'open', deadlineAt }]),
    );
  };

  it('claim each job once, and each of them the most urgent that is left', async () => {
    const urgencies = await know(200);
    const queue = createWorkQueue(database);
    for (const id of urgencies.keys()) await queue.enqueue({ kind: 'verify', key: id, input: null }, 0);
    const loops = (await together(PROCESSES, 'verify', address)).flat() as Done[][];
    expect(loops.filter((done) => done.length > 0).length).toBeGreaterThan(1);
    const all = loops.flat();
    expect(all.map(({ key }) => key).sort()).toEqual([...urgencies.keys()].sort());
    expect(all.every(({ finished, attempt }) => finished && attempt === 1)).toBe(true);
    for (const done of loops) {
      expect(ascending(done, (a, b) => byUrgency(urgencies.get(a.key)!, urgencies.get(b.key)!))).toBe(true);
    }
  });

  it('never hold two builds of one commit', async () => {
    const queue = createWorkQueue(database);
    const commits = ['aa', 'bb', 'cc', 'dd'].map((pair) => pair.repeat(20));
    const keys = ordinals(30).flatMap((attempt) => commits.map((each) => `${each}#${attempt}`));
    for (const key of keys) await queue.enqueue({ kind: 'build', key, input: null }, 0);
    const first = (await together(PROCESSES, 'build', address)).flat(2) as Done[];
    // Whoever comes while all commits are taken goes home; the last one to go leaves nothing.
    expect(first.map(({ key }) => key).sort()).toEqual([...keys].sort());
    expect(first.filter(({ finished, beside }) => !finished || beside > 0)).toEqual([]);
  });

  it('finish each job once, though some lose their leases and some die', async () => {
    const queue = createWorkQueue(database);
    const keys = ordinals(40).map(String);
    for (const key of keys) await queue.enqueue({ kind: 'verify', key, input: null }, 0);
    const all = (await together(PROCESSES, 'work-badly', address)).flat(2) as Done[];
    const finished = all.filter((done) => done.finished).map(({ key }) => key);
    expect(finished.sort()).toEqual([...keys].sort());
    expect(all.some(({ attempt }) => attempt > 1)).toBe(true);
  });

  it('let one of them in where a commit is locked', async () => {
    await database.db.insertInto('marks').values({ name: 'count', value: '0' }).execute();
    await together(PROCESSES, 'count', address, '15');
    const { value } = await database.db.selectFrom('marks').select('value').executeTakeFirstOrThrow();
    expect(Number(value)).toBe(PROCESSES * 3 * 15);
  });

  it('send each message once and in order, by whoever has the lease', async () => {
    const keys = ordinals(60).map((n) => `news ${n}`);
    await createOutbox(database).enqueue(
      keys.map((key) => noticeOf(key)),
      ['discord'],
    );
    const sent = (await together(PROCESSES, 'deliver', address)) as string[][];
    expect(sent.flat().sort()).toEqual([...keys].sort());
    for (const some of sent) expect(ascending(some, (a, b) => keys.indexOf(a) - keys.indexOf(b))).toBe(true);
  });

  it('discover, judge, ask by hand, send and tidy at once without standing in each other’s way', async () => {
    const rounds = 25;
    await together(PROCESSES, 'everything', address, String(rounds));
    const { db } = database;
    const { revisions } = await db
      .selectFrom('proposals')
      .select('revisions')
      .where('id', '=', electionProposal().id)
      .executeTakeFirstOrThrow();
    expect(revisions).toBe(PROCESSES * rounds);
    const judged = await db.selectFrom('verdicts').select('revision').orderBy('revision').execute();
    expect(judged.map(({ revision }) => revision)).toEqual(ordinals(PROCESSES * rounds));
    const notices = await db.selectFrom('notices').select(['key', 'sequence']).orderBy('sequence').execute();
    // One for each verdict, one for each proposal discovered.
    expect(notices.map(({ sequence }) => sequence)).toEqual(ordinals(2 * PROCESSES * rounds + 1));
    const deliveries = await db.selectFrom('deliveries').select(['notice_key', 'notifier']).execute();
    const expected = notices.flatMap(({ key }) => [`${key} discord`, `${key} slack`]);
    expect(deliveries.map((row) => `${row.notice_key} ${row.notifier}`).sort()).toEqual(expected.sort());
    const jobs = await db.selectFrom('jobs').select('sequence').orderBy('sequence').execute();
    expect(jobs.map(({ sequence }) => sequence)).toEqual(ordinals(jobs.length));
  });
});

/** SQLite has one writing transaction at a time, so that nothing can happen between looking and claiming. */
const servers = sharedDatabases.filter(({ kind }) => kind !== 'SQLite');

describe.each(servers)('a job whose lease ran out on $kind', ({ empty }) => {
  type Act = (queue: WorkQueue, id: string) => Promise<boolean>;
  const acts: [string, Act][] = [
    ['finishes it', (queue, id) => queue.finish(id, 'a', null)],
    ['postpones it', (queue, id) => queue.postpone(id, 'a', Date.now() + 600_000, 'busy')],
    ['renews its lease', (queue, id) => queue.heartbeat(id, 'a', 600_000, null)],
  ];

  it.each(acts)('is not given to whoever looked before its holder %s', async (_what, act) => {
    const { database } = await empty();
    try {
      await migrate(database);
      const queue = createWorkQueue(database);
      await queue.enqueue({ kind: 'verify', key: '7', input: null }, 0);
      const job = await queue.claim('verify', 'a', -1);
      let claiming: Promise<unknown> = Promise.resolve('nobody asked');
      await database.db.transaction().execute(async (trx) => {
        expect(await act(createWorkQueue({ ...database, db: trx }), job?.id ?? '')).toBe(true);
        claiming = queue.claim('verify', 'b', 1000);
        await expect.poll(() => waiting(database), { timeout: 10_000 }).toBe(1);
      });
      expect(await claiming).toBeNull();
    } finally {
      await database.close();
    }
  });
});

/** How many transactions wait for a row of another one. */
async function waiting({ db }: Database): Promise<number> {
  const seen = await sql`select 1 from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`.execute(db);
  return seen.rows.length;
}
