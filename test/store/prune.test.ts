import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pruneRound } from '../../src/service/retention.ts';
import { Evidence, evidenceKey, unavailable, type BuildReport, type Observation } from '../../src/domain/evidence.ts';
import type { NoticeType } from '../../src/domain/notice.ts';
import type { RunId } from '../../src/domain/ports.ts';
import { mute } from '../../src/store/operator-actions.ts';
import type { Database } from '../../src/store/database.ts';
import { createElections } from '../../src/store/elections.ts';
import { createElectionStates } from '../../src/store/open-elections.ts';
import { createWorkQueue } from '../../src/store/jobs.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { pruneSome } from '../../src/store/prune.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { proposalHistoryOf } from '../../src/store/proposal-history.ts';
import { createVerdictSink } from '../../src/store/verdict-writer.ts';
import { quietLog } from '../service/quiet-log.ts';
import { clear, databases, ENGINE_START_MS, migrated } from '../support/databases.ts';
import { commit, electionProposal, noticeOf, verdictOf } from '../support/records.ts';

const { id } = electionProposal();
const DAY = 86_400_000;
const HALF_HOUR = 1_800_000;
const START = 1_789_000_000_000;

describe.each(databases)('what nobody needs any more on $kind', ({ empty }) => {
  let database: Database;
  let now = START;
  beforeAll(async () => void (database = { ...(await migrated(empty)), clock: () => now }), ENGINE_START_MS);
  afterAll(() => database.close());
  beforeEach(async () => {
    now = START;
    await clear(database);
    const proposal = electionProposal({ status: 'executed', decidedAt: 1, executedAt: 2, rewardStatus: 'settled' });
    await createElections(database, { network: 'mainnet', notifiers: [] }).record([{ proposal, history: false }], now);
  });

  /** One look at the withheld source: what it saw, and a verdict that is told where it says something new. */
  async function look(news: string | null, observation: Observation<unknown>): Promise<RunId> {
    const runs = createRunStore(database, () => now, 'mainnet');
    const proposal = null;
    const run = await runs.start({ mode: 'proposal', proposal, proposalId: id, commit });
    const key = evidenceKey.build(commit, 1);
    await runs.observed(run, key, observation);
    const evidence = new Evidence();
    const tell = () => (news === null ? [] : [noticeOf(news, { type: 'verdict' as const, at: now / 1000 })]);
    const conclusion = { verdict: verdictOf('inconclusive'), evidence, final: true, tell, notifiers: ['discord'] };
    await createVerdictSink(database, () => now, '1').conclude(run, conclusion);
    now += HALF_HOUR;
    return run;
  }

  const nothing = unavailable('rejected', 'not-built', 'No source.', 'x', START);
  const built = { status: 'observed', value: { seconds: 1 } as BuildReport, source: 'x', observedAt: START } as const;
  const prune = () =>
    pruneRound({ prune: (at) => pruneSome(database, at), now: () => now, log: quietLog }, new AbortController().signal);
  const runIds = async () => (await database.db.selectFrom('runs').select('id').execute()).map((row) => row.id).sort();
  const count = async (table: 'evidence' | 'verdicts' | 'run_stages' | 'jobs') =>
    Number(
      (
        await database.db
          .selectFrom(table)
          .select((c) => c.fn.countAll().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    );

  it('are looks that said nothing new, once they are a week old; what was told, was built or stands stays', async () => {
    const first = await look('withheld', nothing);
    for (let again = 0; again < 105; again += 1) await look(null, nothing);
    const changed = await look('another reason', nothing);
    await look(null, nothing);
    const builds = await look(null, built);
    await look(null, nothing);
    const last = await look(null, nothing);
    await prune();
    expect((await runIds()).length).toBe(111);
    now += 7 * DAY + HALF_HOUR;
    await prune();
    expect(await runIds()).toEqual([first, changed, builds, last].sort());
    expect([await count('evidence'), await count('verdicts')]).toEqual([4, 4]);
    const history = await proposalHistoryOf(database.db, { proposal: id, run: null });
    expect([history.run?.id, history.verdict?.noticeKey, history.verdict?.revision]).toEqual([
      last,
      'another reason',
      2,
    ]);
  });

  it('are runs that a killed process left, but for the newest', async () => {
    const runs = createRunStore(database, () => now, 'mainnet');
    for (let killed = 0; killed < 3; killed += 1) {
      await runs.start({ mode: 'proposal', proposal: null, proposalId: id, commit });
      now += HALF_HOUR;
    }
    now += 8 * DAY;
    await prune();
    expect(await runIds()).toHaveLength(1);
    expect(await count('run_stages')).toBe(1);
  });

  it('are news of an election that ended long ago, but for its verdict and its end; nothing is told again', async () => {
    const outbox = createOutbox(database);
    const types: NoticeType[] = ['discovered', 'reminder', 'verdict', 'closed', 'outcome'];
    const at = now / 1000;
    await outbox.enqueue(
      types.map((type) => noticeOf(`of ${type}`, { type, at })),
      ['discord', 'slack'],
    );
    await outbox.enqueue([noticeOf('trouble', { type: 'trouble', about: null, at })], ['discord', 'slack']);
    for (let next = await outbox.next('discord', now); next; next = await outbox.next('discord', now)) {
      await outbox.sent(next.id, null, now);
    }
    now += 91 * DAY;
    await prune();
    const told = () => outbox.told([...types.map((type) => `of ${type}`), 'trouble']);
    expect((await told()).size, 'slack still has to be told').toBe(6);
    for (let next = await outbox.next('slack', now); next; next = await outbox.next('slack', now)) {
      await outbox.skipped(next.id, 'too late');
    }
    await prune();
    expect([...(await told())].sort()).toEqual(['of closed', 'of outcome', 'of verdict']);
    const job = await createWorkQueue(database).claim('verify', 'x', 1);
    await createWorkQueue(database).finish(job?.id ?? '', 'x', null);
    expect(await createElectionStates(database).unfinished()).toEqual([]);
  });

  it('are not news of an election whose outcome is still to come', async () => {
    await createOutbox(database).enqueue([noticeOf('old', { type: 'reminder', at: now / 1000 })], []);
    now += 400 * DAY;
    await prune();
    expect((await createOutbox(database).told(['old'])).size).toBe(1);
  });

  it('are finished jobs after ninety days, and mutes that are over', async () => {
    const queue = createWorkQueue(database);
    const job = await queue.claim('verify', 'x', 1000);
    await queue.finish(job?.id ?? '', 'x', null);
    await queue.enqueue({ kind: 'build', key: 'waits', input: null }, 0);
    await mute(database, id, now + DAY);
    now += 89 * DAY;
    await prune();
    expect(await count('jobs')).toBe(2);
    now += 2 * DAY;
    await prune();
    expect([await count('jobs'), (await queue.look('build', 'waits'))?.state]).toEqual([1, 'queued']);
    expect(await database.db.selectFrom('mutes').selectAll().execute()).toEqual([]);
  });
});
