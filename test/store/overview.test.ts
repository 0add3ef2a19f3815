import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Evidence, evidenceKey, type Observation } from '../../src/domain/evidence.ts';
import type { FileHash } from '../../src/domain/evidence.ts';
import type { CommitId, ProposalId, Sha256 } from '../../src/domain/ids.ts';
import type { RunId } from '../../src/domain/ports.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Database } from '../../src/store/database.ts';
import { createElections } from '../../src/store/elections.ts';
import { createElectionStates } from '../../src/store/open-elections.ts';
import { electionRow, electionRows } from '../../src/store/overview.ts';
import { running } from '../../src/store/service-state.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { findPlaces, proposalHistoryOf } from '../../src/store/proposal-history.ts';
import { createVerdictSink } from '../../src/store/verdict-writer.ts';
import { loadConfig } from '../../src/operator/config.ts';
import { pageSourceOf } from '../../src/operator/status-queries.ts';
import { statusSite } from '../../src/status/site.ts';
import { emptySqlite, migrated } from '../support/databases.ts';
import { electing, electionProposal, noticeOf, verdictOf } from '../support/records.ts';

const PROPOSALS = 10_000;
const RUNS = 1000;
const LOOKS = 60;
const DAY = 86_400;
const NOW = 1_789_000_000;

const SITE = { listenHost: 'localhost', redact: (text: string) => text, failed: () => undefined };

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');
const commitOf = (n: number): CommitId => hex(n, 40) as CommitId;
const idOf = (n: number): ProposalId => String(100_000 + n) as ProposalId;
const imageOf = (n: number): Sha256 => hex(n, 64) as Sha256;

/** The newest twenty are open. */
function proposalOf(n: number): Proposal {
  const open = n >= PROPOSALS - 20;
  const ended = { status: 'executed', decidedAt: 1, executedAt: 1, rewardStatus: 'settled' } as const;
  const action = electing(commitOf(n), hex(n + 500_000, 64) as Sha256);
  const deadlineAt = NOW + (n - PROPOSALS + 21) * DAY;
  const facts = { id: idOf(n), summary: 'x'.repeat(2000), action, deadlineAt };
  return electionProposal({ ...facts, ...(open ? {} : ended) });
}

async function fill(database: Database): Promise<void> {
  const elections = createElections(database, { network: 'mainnet', notifiers: ['discord', 'slack'] });
  for (let from = 0; from < PROPOSALS; from += 1000) {
    const some = Array.from({ length: 1000 }, (_, n) => ({ proposal: proposalOf(from + n), history: from + n < 9000 }));
    await elections.record(some, NOW * 1000, idOf(from + 999));
  }
  await database.db
    .updateTable('jobs')
    .set({ state: 'finished' })
    .where('key', '<', idOf(PROPOSALS - 20))
    .execute();
  let at = NOW * 1000;
  const runs = createRunStore(database, () => (at += 10), 'mainnet');
  const sink = createVerdictSink(database, () => (at += 10), '1.0.0');
  for (let n = 0; n < RUNS; n += 1) {
    const proposal = proposalOf(PROPOSALS - RUNS + n);
    const run = await runs.start({ mode: 'proposal', proposal, proposalId: proposal.id, commit: commitOf(n) });
    await look(database, run, n);
    const tell = () => [noticeOf(`verdict of ${proposal.id}`, { type: 'verdict', about: proposal })];
    const conclusion = { verdict: verdictOf('verified'), evidence: new Evidence(), final: true, tell };
    await sink.conclude(run, { ...conclusion, notifiers: ['discord', 'slack'] });
  }
}

/** What a run saw, in one statement: storing each look by itself is tested elsewhere. */
async function look(database: Database, run: RunId, n: number): Promise<void> {
  const rows = Array.from({ length: LOOKS }, (_, m) => {
    const { kind, subject } = evidenceKey.image(`https://x/${m}`);
    const value = { sha256: imageOf(n * LOOKS + m), bytes: 1 };
    const seen: Observation<FileHash> = { status: 'observed', value, source: subject, observedAt: 1 };
    const found = { value_sha256: value.sha256, file_sha256: m === 0 ? imageOf(1_000_000 + n) : null };
    const what = { kind, subject, status: 'observed', observed_at_ms: 1, observation: JSON.stringify(seen) } as const;
    return { run_id: run, sequence: m + 1, ...what, ...found };
  });
  await database.db.insertInto('evidence').values(rows).execute();
}

describe('with ten thousand proposals and a thousand runs', () => {
  let database: Database;
  beforeAll(async () => {
    database = await migrated(emptySqlite);
    await fill(database);
  }, 180_000);
  afterAll(() => database.close());

  /** The quickest of a few tries, so that another program's work does not count. */
  async function milliseconds(ask: () => Promise<unknown>): Promise<number> {
    const times: number[] = [];
    for (let n = 0; n < 7; n += 1) {
      const began = performance.now();
      await ask();
      times.push(performance.now() - began);
    }
    return Math.min(...times);
  }

  it('lists the elections of the last weeks at once, the nearest deadline first', async () => {
    const recent = (): Promise<unknown> => electionRows(database.db, NOW - 14 * DAY);
    const rows = await electionRows(database.db, NOW - 14 * DAY);
    expect(rows.map(({ status }) => status).slice(0, 21)).toEqual([...Array<string>(20).fill('open'), 'executed']);
    expect(rows.slice(0, 3).map(({ id }) => id)).toEqual([idOf(9980), idOf(9981), idOf(9982)]);
    expect(rows.slice(20, 22).map(({ id }) => id)).toEqual([idOf(9979), idOf(9978)]);
    expect(rows.length).toBeLessThan(50);
    expect(await milliseconds(recent)).toBeLessThan(100);
  });

  it('lists all of them', async () => {
    expect(await electionRows(database.db, null)).toHaveLength(PROPOSALS);
    expect(await milliseconds(() => electionRows(database.db, null))).toBeLessThan(300);
  });

  it('knows one election with its verdict and its work', async () => {
    const ask = (): ReturnType<typeof electionRow> => electionRow(database.db, idOf(9999));
    expect(await ask()).toMatchObject({
      verdict: { outcome: 'verified', final: true, by: 'service', revision: 1 },
      job: { state: 'queued' },
    });
    expect(await milliseconds(ask)).toBeLessThan(20);
  });

  it('says what runs and what is on its way', async () => {
    const now = await running(database);
    expect(now.queue).toEqual([
      { kind: 'verify', held: 0, waiting: 20 },
      { kind: 'build', held: 0, waiting: 0 },
    ]);
    expect(now.deliveries).toEqual([
      { notifier: 'discord', waiting: 2000, failing: 0, dead: 0, sentAtMs: null },
      { notifier: 'slack', waiting: 2000, failing: 0, dead: 0, sentAtMs: null },
    ]);
    expect(await milliseconds(() => running(database))).toBeLessThan(100);
  });

  it('finds a proposal by its number, its commit, its package, and what a run saw or kept', async () => {
    const place = { proposal: idOf(9500), run: null };
    const at = 500 * LOOKS + 7;
    const questions = [
      { proposal: idOf(9500) },
      { commit: commitOf(9500) },
      { sha256: hex(9500 + 500_000, 64) as Sha256 },
    ] as const;
    for (const sought of questions) {
      expect((await findPlaces(database.db, sought))[0]).toEqual(place);
      expect(await milliseconds(() => findPlaces(database.db, sought))).toBeLessThan(50);
    }
    for (const sha256 of [imageOf(at), imageOf(1_000_000 + 500)]) {
      expect(await findPlaces(database.db, { sha256 })).toMatchObject([{ proposal: idOf(9500) }]);
      expect(await milliseconds(() => findPlaces(database.db, { sha256 }))).toBeLessThan(50);
    }
    expect(await findPlaces(database.db, { sha256: 'f'.repeat(64) as Sha256 })).toEqual([]);
  });

  it('tells the whole story of one', async () => {
    const ask = (): ReturnType<typeof proposalHistoryOf> =>
      proposalHistoryOf(database.db, { proposal: idOf(9999), run: null });
    const history = await ask();
    expect(history.proposal?.id).toBe(idOf(9999));
    expect(history.verdict).toMatchObject({ revision: 1, toolVersion: '1.0.0', noticeKey: `verdict of ${idOf(9999)}` });
    expect(history.notices.map(({ type, deliveries }) => [type, deliveries.length])).toEqual([
      ['discovered', 2],
      ['verdict', 2],
    ]);
    expect(history.run?.stages.map(({ stage }) => stage)).toEqual(['collecting', 'judged']);
    expect(await milliseconds(ask)).toBeLessThan(100);
  });

  it('answers every page of the status page at once', async () => {
    const config = loadConfig({ HOME: '/nowhere' });
    const source = pageSourceOf(database, config, ['discord', 'slack']);
    const ask = async (path: string): Promise<Response> => {
      // A site of its own each time: nothing of an earlier answer is used again.
      const site = statusSite({ ...source, status: pageSourceOf(database, config, []).status }, SITE);
      return site.fetch(new Request(`http://localhost${path}`, { headers: { Host: 'localhost' } }));
    };
    const [id, commit, hash] = [idOf(9500), commitOf(9500), imageOf(500 * LOOKS + 7)];
    const paths = ['/', '/status.json', '/healthz', '/readyz', '/metrics', '/feed.atom', '/history', '/history.json'];
    const filtered = [
      '/history?page=190',
      '/history?outcome=verified&page=15',
      '/history?outcome=none&kind=elect-guestos',
    ];
    const of = [
      `/proposals/${id}`,
      `/proposals/${id}.json`,
      `/commits/${commit}`,
      `/hashes/${hash}`,
      `/badge/${id}.svg`,
    ];
    for (const path of [...paths, ...filtered, ...of]) {
      const { status, headers } = await ask(path);
      expect([path, status], path).toEqual([path, path === '/healthz' || path === '/readyz' ? 503 : 200]);
      expect(headers.get('content-type')).not.toBeNull();
      expect(await milliseconds(async () => (await ask(path)).text()), path).toBeLessThan(100);
    }
    const { total } = await source.history({ outcome: 'verified', kind: null, page: 1 });
    expect(total).toBe(RUNS);
  });

  it('gives the loops what they ask every minute', async () => {
    const elections = createElections(database, { network: 'mainnet', notifiers: [] });
    expect((await elections.known()).unfinished).toHaveLength(20);
    expect(await milliseconds(() => elections.known())).toBeLessThan(100);
    const states = createElectionStates(database);
    expect(await milliseconds(() => states.one(idOf(9999)))).toBeLessThan(20);
  });
});
