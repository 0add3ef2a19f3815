import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Evidence, evidenceKey, type Observation, type SumsFile, unavailable } from '../../src/domain/evidence.ts';
import type { CommitId, ProposalId } from '../../src/domain/ids.ts';
import { type Database, openSqlite } from '../../src/store/database.ts';
import { evidenceOf } from '../../src/store/evidence.ts';
import { migrate } from '../../src/store/migrate.ts';
import { proposalById, saveProposal } from '../../src/store/proposals.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { verdictsOf } from '../../src/store/verdict-writer.ts';
import { scratchDirectory } from '../support/databases.ts';
import { commit, electionProposal, verdictOf } from '../support/records.ts';
import { firstLine, killed, storeProcess } from './processes.ts';

let scratch: ReturnType<typeof scratchDirectory>;
let database: Database;
let file: string;
beforeEach(async () => {
  scratch = scratchDirectory();
  file = join(scratch.path, 'data', 'watch.sqlite');
  database = openSqlite(file);
  await migrate(database);
});
afterEach(async () => {
  await database.close();
  scratch.remove();
});

const url = 'https://download.example/SHA256SUMS';
const sums: Observation<SumsFile> = {
  status: 'observed',
  value: { sha256: 'e1'.repeat(32) as SumsFile['sha256'], entries: [], otherLines: 2 },
  source: url,
  observedAt: 1_789_000_000_123,
};
const gone = unavailable('absent', 'http-404', 'Not there.', url, 5);

describe('the database file', () => {
  it('is for this user only, with everything beside it', async () => {
    await saveProposal(database, database.db, electionProposal(), 1);
    const modes = ['', '-wal', '-shm'].map((suffix) => statSync(`${file}${suffix}`).mode & 0o777);
    expect(modes).toEqual([0o600, 0o600, 0o600]);
    expect(statSync(join(scratch.path, 'data')).mode & 0o777).toBe(0o700);
  });

  it('is for the group as well where its directory was set up to be shared', async () => {
    const shared = join(scratch.path, 'shared');
    mkdirSync(shared);
    chmodSync(shared, 0o2770);
    const other = openSqlite(join(shared, 'watch.sqlite'));
    await migrate(other);
    const modes = ['', '-wal', '-shm'].map((suffix) => statSync(join(shared, `watch.sqlite${suffix}`)).mode & 0o777);
    expect(modes).toEqual([0o660, 0o660, 0o660]);
    await other.close();
  });

  it('is flushed with every commit, lets others read meanwhile, and keeps references whole', async () => {
    const pragma = async (name: string): Promise<unknown> =>
      Object.values((await sql.raw<Record<string, unknown>>(`pragma ${name}`).execute(database.db)).rows[0] ?? {})[0];
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('synchronous')).toBe(2);
    expect(await pragma('foreign_keys')).toBe(1);
    await expect(
      sql`insert into evidence values ('none', 1, 'k', 's', 'observed', 1, '{}', null, null)`.execute(database.db),
    ).rejects.toThrow(/FOREIGN KEY/);
  });

  it('survives the process: what was stored is read again after opening anew', async () => {
    const runs = createRunStore(database, () => 7, 'mainnet');
    const run = await runs.start({ mode: 'commit', proposal: null, proposalId: null, commit });
    await runs.observed(run, evidenceKey.sums(url), sums);
    await database.close();
    database = openSqlite(file);
    expect((await evidenceOf(database.db, run)).get(evidenceKey.sums(url))).toEqual(sums);
  });
});

describe('several processes on one database', () => {
  it('write at the same time, and leave only whole steps when they are killed', async () => {
    const writers = [1, 2, 3].map(() => storeProcess('write', file));
    try {
      await Promise.all(writers.map(firstLine));
      const count = async (): Promise<number> =>
        Number((await sql<{ n: number }>`select count(*) as n from verdicts`.execute(database.db)).rows[0]?.n);
      await expect.poll(count, { timeout: 15_000 }).toBeGreaterThan(30);
    } finally {
      await Promise.all(writers.map(killed));
    }
    const torn = await sql`
      select runs.id from runs
      where observations <> (select count(*) from evidence where run_id = runs.id)
        or revision <> (select count(*) from verdicts where run_id = runs.id)
        or revision not in (observations, observations - 1)`.execute(database.db);
    expect(torn.rows).toEqual([]);
    const writing = await sql`select distinct id from runs where observations > 0`.execute(database.db);
    expect(writing.rows.length).toBeGreaterThan(2);
    expect((await sql`pragma integrity_check`.execute(database.db)).rows).toEqual([{ integrity_check: 'ok' }]);
  });
});

describe('a run in the database', () => {
  it('begins with the proposal as it was read', async () => {
    const proposal = electionProposal();
    const runs = createRunStore(database, () => 42, 'mainnet');
    const run = await runs.start({ mode: 'proposal', proposal, proposalId: proposal.id, commit });
    expect(await proposalById(database.db, proposal.id)).toEqual(proposal);
    expect(await database.db.selectFrom('runs').selectAll().execute()).toEqual([
      {
        id: run,
        mode: 'proposal',
        proposal_id: '143816',
        commit_id: commit,
        network: 'mainnet',
        stage: 'collecting',
        observations: 0,
        revision: 0,
        started_at_ms: 42,
        judged_at_ms: null,
      },
    ]);
  });

  it('keeps every look in order, and gives the latest of each thing', async () => {
    const runs = createRunStore(database, () => 7, 'mainnet');
    const run = await runs.start({ mode: 'commit', proposal: null, proposalId: null, commit });
    await runs.observed(run, evidenceKey.sums(url), gone);
    await runs.observed(run, evidenceKey.tree(commit), gone);
    await runs.observed(run, evidenceKey.sums(url), sums);
    const rows = await database.db.selectFrom('evidence').select(['sequence', 'kind', 'status']).execute();
    expect(rows).toEqual([
      { sequence: 1, kind: 'sums', status: 'unavailable' },
      { sequence: 2, kind: 'tree', status: 'unavailable' },
      { sequence: 3, kind: 'sums', status: 'observed' },
    ]);
    const evidence = await evidenceOf(database.db, run);
    expect(evidence.get(evidenceKey.sums(url))).toEqual(sums);
    expect(evidence.get(evidenceKey.host())).toBeUndefined();
  });

  it('tells subjects apart that differ in characters which databases refuse or replace', async () => {
    const runs = createRunStore(database, () => 7, 'mainnet');
    const run = await runs.start({ mode: 'commit', proposal: null, proposalId: null, commit });
    const subjects = ['https://x/\0', 'https://x/\ufffd', 'https://x/\ud800', 'https://x/\udc00', 'https://x/\\u0000'];
    for (const subject of subjects) await runs.observed(run, evidenceKey.image(subject), gone);
    const read = await evidenceOf(database.db, run);
    expect(read.all().map(({ key }) => key.subject)).toEqual(subjects);
  });

  it('keeps every revision of the verdict with the evidence it was judged from', async () => {
    let now = 100;
    const runs = createRunStore(database, () => now, 'mainnet');
    const run = await runs.start({ mode: 'commit', proposal: null, proposalId: null, commit });
    const evidence = new Evidence();
    for (const key of [evidenceKey.sums(url), evidenceKey.image(url)]) {
      await runs.observed(run, key, gone);
      evidence.add(key, gone);
      now += 100;
      await runs.judged(run, verdictOf(now === 200 ? 'inconclusive' : 'mismatch'), evidence);
    }
    const plain = { final: true, noticeKey: null, toolVersion: null };
    expect(await verdictsOf(database.db, run)).toEqual([
      { verdict: verdictOf('inconclusive'), revision: 1, decidedAt: 200, judgedFrom: [1], ...plain },
      { verdict: verdictOf('mismatch'), revision: 2, decidedAt: 300, judgedFrom: [1, 2], ...plain },
    ]);
    const [row] = await database.db.selectFrom('runs').select(['stage', 'revision', 'judged_at_ms']).execute();
    expect(row).toEqual({ stage: 'judged', revision: 2, judged_at_ms: 300 });
  });

  it('is not counted further by a verdict that was refused', async () => {
    const runs = createRunStore(database, () => 7, 'mainnet');
    const run = await runs.start({ mode: 'commit', proposal: null, proposalId: null, commit });
    const evidence = new Evidence();
    evidence.add(evidenceKey.sums(url), gone);
    await expect(runs.judged(run, verdictOf('verified'), evidence)).rejects.toMatchObject({
      kind: 'bug',
      code: 'evidence-not-stored',
    });
    expect(await verdictsOf(database.db, run)).toEqual([]);
    const [row] = await database.db.selectFrom('runs').select(['stage', 'revision']).execute();
    expect(row).toEqual({ stage: 'collecting', revision: 0 });
  });
});

describe('the snapshot of a proposal', () => {
  const id = '143816' as ProposalId;

  it('follows the newest look and never goes back', async () => {
    await saveProposal(database, database.db, electionProposal(), 100);
    await saveProposal(database, database.db, electionProposal({ status: 'adopted', decidedAt: 5 }), 200);
    await saveProposal(database, database.db, electionProposal({ status: 'open' }), 150);
    expect((await proposalById(database.db, id))?.status).toBe('adopted');
    const [row] = await database.db.selectFrom('proposals').select(['first_seen_at_ms', 'seen_at_ms']).execute();
    expect(row).toEqual({ first_seen_at_ms: 100, seen_at_ms: 200 });
  });

  it('is kept for what cannot be understood, and null for what was never seen', async () => {
    const undecodable = { kind: 'undecodable', code: 'garbage', sentence: 'Not to be read.' } as const;
    const max = '18446744073709551615' as ProposalId;
    await saveProposal(database, database.db, electionProposal({ id: max, action: undecodable, deadlineAt: null }), 1);
    expect((await proposalById(database.db, max))?.action).toEqual(undecodable);
    const [row] = await database.db.selectFrom('proposals').select(['id', 'kind', 'commit_id']).execute();
    expect(row).toEqual({ id: max, kind: 'other', commit_id: null as CommitId | null });
    expect(await proposalById(database.db, '1' as ProposalId)).toBeNull();
  });
});
