import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Evidence, evidenceKey, type FileHash, type Observation } from '../../src/domain/evidence.ts';
import type { ProposalId, Sha256 } from '../../src/domain/ids.ts';
import { createRetentionStore } from '../../src/store/retention.ts';
import { knownNotifiers } from '../../src/store/operator-actions.ts';
import { buildingNow, isBuildLog, judgedRuns } from '../../src/store/builds.ts';
import type { Database } from '../../src/store/database.ts';
import { createElectionStates } from '../../src/store/open-elections.ts';
import { createElections } from '../../src/store/elections.ts';
import { createHealth } from '../../src/store/health.ts';
import { chartFacts, electionHistory, totals } from '../../src/store/election-history.ts';
import { createWorkQueue } from '../../src/store/jobs.ts';
import { matchesOf } from '../../src/store/matches.ts';
import { electionRow, electionRows } from '../../src/store/overview.ts';
import { pastBuildSeconds, pastRunSeconds } from '../../src/store/past-runs.ts';
import { running } from '../../src/store/service-state.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { findPlaces, proposalHistoryOf } from '../../src/store/proposal-history.ts';
import { unclaimedBuilds } from '../../src/store/unclaimed-builds.ts';
import { createVerdictSink } from '../../src/store/verdict-writer.ts';
import { databases, type Empty, emptySqlite, ENGINE_START_MS, migrated } from '../support/databases.ts';
import { commit, electionProposal, noticeOf, verdictOf } from '../support/records.ts';

const sha256 = 'e5'.repeat(32) as Sha256;
const SPAN = { offset: 0, limit: 10 };
const ids = ['9', '10', '143816', '18446744073709551615'] as ProposalId[];

/** Elections with runs, verdicts, news and work, told by a clock of our own. */
async function filled(empty: Empty): Promise<Database> {
  let at = 1_789_000_000_000;
  const database = { ...(await migrated(empty)), clock: () => (at += 1000) };
  const elections = createElections(database, { network: 'mainnet', notifiers: ['console', 'discord', 'slack'] });
  const proposals = ids.map((id, n) => electionProposal({ id, deadlineAt: n === 2 ? null : 1_789_345_600 - n }));
  await elections.record(
    proposals.map((proposal, n) => ({ proposal, history: n === 0 })),
    at,
    ids[2],
  );
  const runs = createRunStore(database, database.clock, 'mainnet');
  const sink = createVerdictSink(database, database.clock, '1.0.0');
  for (const [n, proposal] of proposals.entries()) {
    const run = await runs.start({ mode: 'proposal', proposal, proposalId: proposal.id, commit });
    const source = `https://x/${n} ü \0 🦀`;
    const seen: Observation<FileHash> = {
      status: 'observed',
      value: { sha256, bytes: 2 ** 40 },
      source,
      observedAt: database.clock(),
    };
    const evidence = new Evidence();
    evidence.add(evidenceKey.image(source), seen);
    await runs.observed(run, evidenceKey.image(source), seen);
    const tell = () => [noticeOf(`verdict of ${proposal.id}`, { type: 'verdict', about: proposal })];
    const outcome = (['verified', 'mismatch', 'inconclusive'] as const)[n % 3] ?? 'verified';
    await sink.conclude(run, { verdict: verdictOf(outcome), evidence, final: n !== 1, tell, notifiers: ['slack'] });
  }
  const queue = createWorkQueue(database);
  await queue.enqueue({ kind: 'build', key: `${commit}#1`, input: null }, 0);
  await queue.enqueue({ kind: 'build', key: `${'b'.repeat(40)}#1`, input: null }, 0);
  await queue.claim('build', 'someone', 600_000);
  await createHealth(database).begin(['discover', 'verify'], at);
  return database;
}

/** Everything that is read, as JSON, without the names that chance gave. */
async function reads(database: Database): Promise<Record<string, unknown>> {
  const { db } = database;
  const places = await findPlaces(db, { sha256 });
  const states = createElectionStates(database);
  const [retained, elections] = [
    createRetentionStore(database),
    createElections(database, { network: 'mainnet', notifiers: [] }),
  ];
  const all = {
    places,
    rows: await electionRows(db, null),
    recent: await electionRows(db, 1_789_345_599),
    one: await electionRow(db, ids[3]!),
    timelines: await Promise.all(places.map((place) => proposalHistoryOf(db, place))),
    matches: await matchesOf(db, places, { sha256 }),
    history: await electionHistory(db, { outcome: null, kind: null }, SPAN),
    mismatches: await electionHistory(db, { outcome: 'mismatch', kind: 'elect-guestos' }, SPAN),
    chart: (await chartFacts(db, 0)).outcomes.toSorted((a, b) => a.decidedAtMs - b.decidedAtMs),
    totals: await totals(db),
    running: await running(database),
    states: [await states.unfinished(), await states.pastRuns()],
    known: await elections.known(),
    retained: [[...(await retained.commits())], [...(await retained.files())]],
    builds: [await buildingNow(database, commit), await isBuildLog(db, sha256), await unclaimedBuilds(database, 'b')],
    past: [await pastRunSeconds(db), await pastBuildSeconds(db), await judgedRuns(database, ids[1]!)],
    notifiers: (await knownNotifiers(database)).toSorted(),
    loops: await createHealth(database).loops(),
  };
  return JSON.parse(JSON.stringify(all).replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/g, 'id')) as typeof all;
}

const others = databases.filter(({ kind }) => kind !== 'SQLite');

describe.each(others)('what is read on $kind', ({ empty }) => {
  let [one, other]: Database[] = [];
  beforeAll(async () => ([one, other] = [await filled(emptySqlite), await filled(empty)]), ENGINE_START_MS);
  afterAll(async () => {
    await one?.close();
    await other?.close();
  });

  it('is what is read on SQLite, to the last character', async () => {
    const expected = await reads(one!);
    expect(expected['rows']).toHaveLength(ids.length);
    expect(await reads(other!)).toEqual(expected);
  });
});
