import { sql } from 'kysely';
import type { AfterVote, Deployment, RegistryReading, RunningVersions } from '../domain/after-vote.ts';
import type { CheckResult, Outcome } from '../domain/check.ts';
import type { Observation, RegistryVersion } from '../domain/evidence.ts';
import type { CommitId, ProposalId } from '../domain/ids.ts';
import type { Proposal } from '../domain/proposal.ts';
import { takeTurn } from './advisory-locks.ts';
import type { Database, Queries } from './database.ts';
import { itsVerdict, UNENDED } from './elections.ts';
import { enqueueNotices } from './notices.ts';

/** Elections of more than half a year; older versions are retired by then. */
const MOST_EXECUTED = 40;
const SEEN_TO = 'deployments';
const RUNNING = 'running';

/** What follows elections, in the database. */
export function createAfterVote(database: Database): AfterVote {
  const { db } = database;
  return {
    executed: () => executed(db),
    read: (id, reading, notices, notifiers) =>
      db.transaction().execute(async (trx) => {
        await takeTurn(database, trx, 'notices');
        await saveReading(trx, id, reading);
        await enqueueNotices(database, trx, notices, notifiers);
      }),
    isRetired: (version) => isRetired(db, version),
    verdictsOn: (version) => verdictsOn(db, version),
    deployments: async () => {
      const rows = await db
        .selectFrom('deployments')
        .select(['component', 'versions', 'snapshot'])
        .where('status', 'in', UNENDED)
        .execute();
      return { newest: ((await markOf(db, SEEN_TO)) ?? null) as ProposalId | null, open: rows.map(deploymentOf) };
    },
    deployed: (deployment, seenAtMs, notices, notifiers) =>
      db.transaction().execute(async (trx) => {
        await takeTurn(database, trx, 'notices');
        await saveDeployment(trx, deployment, seenAtMs);
        await enqueueNotices(database, trx, notices, notifiers);
      }),
    deploymentsSeenTo: (id) => setMark(db, SEEN_TO, id),
    running: () => runningVersions(db),
    runs: (running) => setMark(db, RUNNING, JSON.stringify(running)),
  };
}

async function executed(db: Queries): ReturnType<AfterVote['executed']> {
  const rows = await db
    .selectFrom('proposals')
    .leftJoin('registry_readings as readings', 'readings.proposal_id', 'proposals.id')
    .select(['snapshot', 'result', 'observation', 'read_at_ms', 'absent_since_ms'])
    .where('tracked', '=', 'watched')
    .where('proposals.status', '=', 'executed')
    .where('commit_id', 'is not', null)
    .orderBy(sql`length(proposals.id)`, 'desc')
    .orderBy('proposals.id', 'desc')
    .limit(MOST_EXECUTED)
    .execute();
  return rows.map(({ snapshot, ...row }) => ({ proposal: JSON.parse(snapshot) as Proposal, reading: readingOf(row) }));
}

interface ReadingRow {
  readonly result: string | null;
  readonly observation: string | null;
  readonly read_at_ms: number | null;
  readonly absent_since_ms: number | null;
}

function readingOf({ result, observation, read_at_ms: readAtMs, absent_since_ms }: ReadingRow): RegistryReading | null {
  if (result === null || observation === null || readAtMs === null) return null;
  return {
    result: JSON.parse(result) as CheckResult,
    observation: JSON.parse(observation) as Observation<RegistryVersion>,
    readAtMs,
    absentSinceMs: absent_since_ms,
  };
}

async function saveReading(trx: Queries, id: ProposalId, reading: RegistryReading): Promise<void> {
  const { result, observation, readAtMs, absentSinceMs } = reading;
  const columns = {
    outcome: (result.outcome === 'skipped' ? 'inconclusive' : result.outcome) satisfies Outcome,
    result: JSON.stringify(result),
    observation: JSON.stringify(observation),
    read_at_ms: readAtMs,
    absent_since_ms: absentSinceMs,
  };
  await trx
    .insertInto('registry_readings')
    .values({ proposal_id: id, ...columns })
    .onConflict((conflict) => conflict.column('proposal_id').doUpdateSet(columns))
    .execute();
}

/** Texts may name a version too: only what the payload retires counts. */
async function isRetired(db: Queries, version: CommitId): Promise<boolean> {
  const rows = await db
    .selectFrom('proposals')
    .select('snapshot')
    .where('status', '=', 'executed')
    .where('snapshot', 'like', `%"${version}"%`)
    .execute();
  return rows.some(({ snapshot }) => {
    const { action } = JSON.parse(snapshot) as Proposal;
    const retires = 'version' in action ? action.version.retires : 'retires' in action ? action.retires : [];
    return retires.includes(version);
  });
}

async function verdictsOn(db: Queries, version: CommitId): ReturnType<AfterVote['verdictsOn']> {
  const rows = await db
    .selectFrom('proposals')
    .innerJoin('verdicts', itsVerdict)
    .select(['proposals.id', 'proposals.kind', 'verdicts.outcome', 'verdicts.final'])
    .where('proposals.commit_id', '=', version)
    .where('proposals.verdict_by', '=', 'service')
    .execute();
  return rows.map(({ id, kind, outcome, final }) => ({
    proposalId: id as ProposalId,
    component: kind === 'elect-hostos' ? 'hostos' : 'guestos',
    outcome: outcome as Outcome,
    final: final === 1,
  }));
}

async function saveDeployment(trx: Queries, deployment: Deployment, seenAtMs: number): Promise<void> {
  const { proposal, deployed } = deployment;
  const columns = {
    component: deployed.component,
    versions: JSON.stringify(deployed),
    status: proposal.status,
    snapshot: JSON.stringify(proposal),
    seen_at_ms: seenAtMs,
  };
  await trx
    .insertInto('deployments')
    .values({ proposal_id: proposal.id, ...columns })
    .onConflict((conflict) => conflict.column('proposal_id').doUpdateSet(columns))
    .execute();
}

function deploymentOf({ versions, snapshot }: { versions: string; snapshot: string }): Deployment {
  return {
    proposal: JSON.parse(snapshot) as Proposal,
    deployed: JSON.parse(versions) as Deployment['deployed'],
  };
}

async function markOf(db: Queries, name: string): Promise<string | null> {
  const row = await db.selectFrom('marks').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value ?? null;
}

async function setMark(db: Queries, name: string, value: string): Promise<void> {
  await db
    .insertInto('marks')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

/** Where versions run, as it was last read; null: it never was. */
export async function runningVersions(db: Queries): Promise<RunningVersions | null> {
  const value = await markOf(db, RUNNING);
  return value === null ? null : (JSON.parse(value) as RunningVersions);
}

/** The newest reading of a proposal's record; null: none. */
export async function registryReading(db: Queries, id: ProposalId): Promise<RegistryReading | null> {
  const row = await db
    .selectFrom('registry_readings')
    .select(['result', 'observation', 'read_at_ms', 'absent_since_ms'])
    .where('proposal_id', '=', id)
    .executeTakeFirst();
  return row ? readingOf(row) : null;
}

/** Proposals that deploy this version, the newest first. */
export async function deploymentsOf(db: Queries, version: CommitId): Promise<readonly Proposal[]> {
  const rows = await db
    .selectFrom('deployments')
    .select('snapshot')
    .where('versions', 'like', `%"${version}"%`)
    .orderBy(sql`length(proposal_id)`, 'desc')
    .orderBy('proposal_id', 'desc')
    .limit(20)
    .execute();
  return rows.map(({ snapshot }) => JSON.parse(snapshot) as Proposal);
}
