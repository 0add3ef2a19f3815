import { cpSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Evidence, evidenceKey, type BuildReport, type Observation } from '../../src/domain/evidence.ts';
import type { Database } from '../../src/store/database.ts';
import { createElections } from '../../src/store/elections.ts';
import { totals } from '../../src/store/election-history.ts';
import { migrate, readMigrations } from '../../src/store/migrate.ts';
import { claimNetwork, networkOf, requireNetwork } from '../../src/store/database-network.ts';
import { enqueueNotices } from '../../src/store/notices.ts';
import { electionRows } from '../../src/store/overview.ts';
import { pastBuildSeconds, pastRunSeconds } from '../../src/store/past-runs.ts';
import { proposalById } from '../../src/store/proposals.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { clear, databases, ENGINE_START_MS, migrated, scratchDirectory, type Empty } from '../support/databases.ts';
import { BUILD, seen } from '../support/evidence.ts';
import { commit, electionProposal, noticeOf, verdictOf } from '../support/records.ts';

const LOOPBACK = 'NOT MAINNET: IC_ROOT_KEY';
const proposal = electionProposal();
const { id } = proposal;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function verifyByHand(database: Database, network: string, changes = {}): Promise<string> {
  const runs = createRunStore(database, () => 100, network);
  const seen = { ...proposal, ...changes };
  const run = await runs.start({ mode: 'proposal', proposal: seen, proposalId: id, commit });
  await runs.judged(run, verdictOf('verified'), new Evidence());
  return run;
}

async function networks(database: Database): Promise<(string | null)[]> {
  const rows = await database.db.selectFrom('runs').select(['id', 'network']).orderBy('id').execute();
  return rows.map(({ network }) => network);
}

/** A run with a build of so many seconds, and its verdict. */
async function buildOn(database: Database, network: string, seconds: number): Promise<void> {
  let now = 1000;
  const runs = createRunStore(database, () => now, network);
  const run = await runs.start({ mode: 'commit', proposal: null, proposalId: null, commit });
  now += seconds * 1000;
  const [key, evidence] = [evidenceKey.build(commit, seconds), new Evidence()];
  const built: Observation<BuildReport> = { ...seen({ ...BUILD, seconds }), observedAt: now };
  await runs.observed(run, key, built);
  evidence.add(key, built);
  await runs.judged(run, verdictOf('verified'), evidence);
}

describe.each(databases)('the network of a database on $kind', ({ empty }) => {
  let database: Database;
  beforeAll(async () => void (database = await migrated(empty)), ENGINE_START_MS);
  afterAll(() => database.close());
  beforeEach(() => clear(database));

  it('is that of its first use, and the service refuses another one', async () => {
    expect(await networkOf(database.db)).toBeNull();
    expect(await claimNetwork(database.db, 'mainnet')).toBe('mainnet');
    expect(await claimNetwork(database.db, LOOPBACK)).toBe('mainnet');
    await requireNetwork(database.db, 'mainnet');
    await expect(requireNetwork(database.db, LOOPBACK)).rejects.toMatchObject({
      kind: 'input',
      code: 'other-network',
      message: expect.stringContaining('NNS_WATCH_DATA_DIR') as string,
    });
  });

  it('is not told apart from another one that is not mainnet: settings say only what differs', async () => {
    await claimNetwork(database.db, LOOPBACK);
    await requireNetwork(database.db, `${LOOPBACK}, SIGSTORE_TRUSTED_ROOT`);
    await verifyByHand(database, 'NOT MAINNET: GOVERNANCE_CANISTER_ID');
    expect(await electionRows(database.db, null)).toMatchObject([{ id, verdict: { outcome: 'verified' } }]);
    expect(await totals(database.db)).toMatchObject({ verdicts: [{ outcome: 'verified', count: 1 }] });
    await expect(requireNetwork(database.db, 'mainnet')).rejects.toMatchObject({ code: 'other-network' });
  });

  it('keeps what a run on another one says away from its proposals', async () => {
    const elections = createElections(database, { network: 'mainnet', notifiers: [] });
    await claimNetwork(database.db, 'mainnet');
    await elections.record([{ proposal, history: false }], 50);
    const run = await verifyByHand(database, LOOPBACK, { status: 'executed', decidedAt: 5, executedAt: 6 });
    expect(await proposalById(database.db, id)).toEqual(proposal);
    expect(await electionRows(database.db, null)).toMatchObject([{ id, status: 'open', verdict: null }]);
    expect(await database.db.selectFrom('runs').selectAll().execute()).toMatchObject([
      { id: run, network: LOOPBACK, mode: 'proposal', proposal_id: null, commit_id: commit },
    ]);
    await verifyByHand(database, 'mainnet');
    expect(await electionRows(database.db, null)).toMatchObject([{ id, verdict: { outcome: 'verified' } }]);
  });

  it('counts of the past what is its own: nothing else says how long a build takes, or how many verdicts there were', async () => {
    for (const [network, seconds] of [
      ['mainnet', 5000],
      [LOOPBACK, 2],
    ] as const)
      await buildOn(database, network, seconds);
    expect(await pastRunSeconds(database.db)).toEqual([5000]);
    expect(await pastBuildSeconds(database.db)).toEqual([5000]);
    expect(await totals(database.db)).toMatchObject({ verdicts: [{ outcome: 'verified', count: 1 }] });
  });
});

/** A database as the version before left it that did not write networks down. */
async function before(empty: Empty, told: readonly string[]): Promise<Database> {
  const { path, remove } = scratchDirectory();
  const shipped = resolve(import.meta.dirname, '../../migrations');
  cpSync(shipped, path, { recursive: true });
  for (const { name, number } of readMigrations(shipped)) if (number > 4) rmSync(join(path, name));
  const database = await empty();
  cleanups.push(remove, database.close);
  await migrate(database, path);
  const hostile = { ...electionProposal(), title: '"network":"NOT MAINNET: x" "network":"mainnet"' };
  await database.db.transaction().execute(async (trx) => {
    const notices = told.map((network, n) => noticeOf(`told ${n}`, { type: 'verdict', network, about: hostile }));
    await enqueueNotices(database, trx, notices, []);
  });
  for (const [run, by, notice] of [
    ['run-1', 'service', told.length > 0 ? 'told 0' : null],
    ['run-2', 'hand', null],
  ] as const) {
    await sql`insert into runs values (${run}, 'proposal', ${run}, ${commit}, 'judged', 0, 1, 7, 8)`.execute(
      database.db,
    );
    await sql`insert into verdicts (run_id, revision, outcome, verdict, judged_from, decided_at_ms, notice_key)
      values (${run}, 1, 'verified', '{}', '[]', 8, ${notice})`.execute(database.db);
    await sql`insert into proposals (id, topic, kind, status, first_seen_at_ms, seen_at_ms, snapshot,
        verdict_by, verdict_run_id, verdict_revision)
      values (${run}, 13, 'elect-guestos', 'open', 1, 1, '{}', ${by}, ${run}, 1)`.execute(database.db);
  }
  await migrate(database);
  return database;
}

async function standing(database: Database): Promise<string[]> {
  const rows = await database.db.selectFrom('proposals').select(['id', 'verdict_run_id']).orderBy('id').execute();
  return rows.filter(({ verdict_run_id: run }) => run !== null).map((row) => row.id);
}

describe.each(databases)('a database from before networks were written down on $kind', ({ empty }) => {
  it(
    'is mainnet’s where it told of mainnet alone: what the service judged there stands, what was judged by hand does not',
    async () => {
      const database = await before(empty, ['mainnet', 'mainnet']);
      expect(await networkOf(database.db)).toBe('mainnet');
      expect(await networks(database)).toEqual(['mainnet', null]);
      expect(await standing(database)).toEqual(['run-1']);
    },
    ENGINE_START_MS,
  );

  it.each([[['mainnet', LOOPBACK]], [[LOOPBACK]]])(
    'is nobody’s where it told %j: no verdict of it stands',
    async (told) => {
      const database = await before(empty, told);
      expect(await networkOf(database.db)).toBe('NOT MAINNET: not recorded');
      expect(await networks(database)).toEqual([null, null]);
      expect(await standing(database)).toEqual([]);
      await expect(requireNetwork(database.db, 'mainnet')).rejects.toMatchObject({ code: 'other-network' });
    },
    ENGINE_START_MS,
  );

  it(
    'is whose next use it is where it told nothing; no verdict of it stands',
    async () => {
      const database = await before(empty, []);
      expect(await networkOf(database.db)).toBeNull();
      expect(await standing(database)).toEqual([]);
      await requireNetwork(database.db, 'mainnet');
    },
    ENGINE_START_MS,
  );
});
