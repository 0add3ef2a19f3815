import { sql } from 'kysely';
import { Evidence } from '../domain/evidence.ts';
import type { CommitId, ProposalId } from '../domain/ids.ts';
import { NOT_RECORDED } from '../domain/network.ts';
import type { RunId } from '../domain/ports.ts';
import type { Place, Sought, StoredNotice, StoredRun, ProposalHistory } from '../domain/proposal-history.ts';
import type { Queries } from './database.ts';
import { deploymentsOf, registryReading, runningVersions } from './after-vote.ts';
import { evidenceOf } from './evidence.ts';
import { proposalById } from './proposals.ts';
import { verdictsOf } from './verdict-writer.ts';

export type { Place, Sought, StoredNotice, StoredRun, ProposalHistory } from '../domain/proposal-history.ts';

/** Most places that one question gives. */
const MOST = 50;

/** Where what is sought was seen, the newest first. */
export async function findPlaces(queries: Queries, sought: Sought): Promise<readonly Place[]> {
  return (await placesOf(queries, sought, MOST)).places;
}

/** As many of them as `most` proposals and `most` runs; `complete`: there are no others. */
export async function placesOf(
  queries: Queries,
  sought: Sought,
  most: number,
): Promise<{ readonly places: readonly Place[]; readonly complete: boolean }> {
  if ('proposal' in sought) {
    const known = await queries
      .selectFrom('proposals')
      .select('id')
      .where('id', '=', sought.proposal)
      .executeTakeFirst();
    if (known) return { places: [{ proposal: sought.proposal, run: null }], complete: true };
  }
  const [proposals, runs] = await Promise.all([
    soughtProposals(queries, sought, most),
    soughtRuns(queries, sought, most),
  ]);
  const ofProposals = proposals.map(({ id }): Place => ({ proposal: id as ProposalId, run: null }));
  const ofRuns = runs.map(({ id, proposal_id: proposal }): Place => ({
    proposal: proposal as ProposalId | null,
    run: id,
  }));
  const seen = new Set<string>();
  const places = [...ofProposals, ...ofRuns].filter(({ proposal, run }) => {
    const name = proposal ?? run ?? '';
    return !seen.has(name) && Boolean(seen.add(name));
  });
  return { places, complete: proposals.length < most && runs.length < most };
}

function soughtProposals(queries: Queries, sought: Sought, most: number): Promise<{ id: string }[]> {
  const all = queries
    .selectFrom('proposals')
    .select('id')
    .orderBy(sql`length(id)`, 'desc')
    .orderBy('id', 'desc')
    .limit(most);
  if ('commit' in sought) return all.where('commit_id', '=', sought.commit).execute();
  if ('sha256' in sought) return all.where('package_sha256', '=', sought.sha256).execute();
  return Promise.resolve([]);
}

function soughtRuns(
  queries: Queries,
  sought: Sought,
  most: number,
): Promise<{ id: string; proposal_id: string | null }[]> {
  const all = queries.selectFrom('runs').select(['id', 'proposal_id']).orderBy('started_at_ms', 'desc').limit(most);
  if ('proposal' in sought) return all.where('proposal_id', '=', sought.proposal).execute();
  if ('commit' in sought) return all.where('commit_id', '=', sought.commit).execute();
  const { sha256 } = sought;
  return all
    .where('id', 'in', (from) =>
      from
        .selectFrom('evidence')
        .select('run_id')
        .where((where) => where.or([where('value_sha256', '=', sha256), where('file_sha256', '=', sha256)])),
    )
    .execute();
}

export async function proposalHistoryOf(queries: Queries, place: Place): Promise<ProposalHistory> {
  const runs = await runsOf(queries, place);
  const seen = place.proposal === null ? undefined : await seenProposal(queries, place.proposal);
  const run = runs.find(({ id }) => id === (place.run ?? seen?.verdict_run_id)) ?? runs.at(-1) ?? null;
  const pointed = place.run === null && run?.id === seen?.verdict_run_id ? seen?.verdict_revision : null;
  const verdict = run?.verdicts.find(({ revision }) => revision === pointed) ?? run?.verdicts.at(-1) ?? null;
  return {
    proposal: place.proposal === null ? null : await proposalById(queries, place.proposal),
    firstSeenAtMs: seen?.first_seen_at_ms ?? null,
    run,
    verdict,
    evidence: run ? await evidenceOf(queries, run.id, verdict?.judgedFrom) : new Evidence(),
    runs,
    notices: place.proposal === null ? [] : await noticesOf(queries, place.proposal),
    afterVote: await afterVoteOf(queries, place),
  };
}

async function afterVoteOf(queries: Queries, { proposal: id }: Place): Promise<ProposalHistory['afterVote']> {
  const proposal = id === null ? null : await proposalById(queries, id);
  if (id === null || proposal?.status !== 'executed' || !('version' in proposal.action)) return null;
  const version = proposal.action.version.commit;
  const [reading, running, deployments] = await Promise.all([
    registryReading(queries, id),
    runningVersions(queries),
    deploymentsOf(queries, version),
  ]);
  return { version, reading, running, deployments };
}

function seenProposal(queries: Queries, id: ProposalId) {
  return queries
    .selectFrom('proposals')
    .select(['first_seen_at_ms', 'verdict_run_id', 'verdict_revision'])
    .where('id', '=', id)
    .executeTakeFirst();
}

async function runsOf(queries: Queries, { proposal, run }: Place): Promise<readonly StoredRun[]> {
  const rows = await queries
    .selectFrom('runs')
    .select(['id', 'commit_id', 'network', 'stage', 'started_at_ms'])
    .where((where) => (proposal === null ? where('id', '=', run) : where('proposal_id', '=', proposal)))
    .orderBy('started_at_ms', 'desc')
    .limit(MOST)
    .execute();
  return Promise.all(
    rows.reverse().map(async (row) => ({
      id: row.id,
      commit: row.commit_id as CommitId | null,
      network: row.network ?? NOT_RECORDED,
      stage: row.stage,
      startedAtMs: row.started_at_ms,
      stages: await stagesOf(queries, row.id),
      verdicts: await verdictsOf(queries, row.id),
    })),
  );
}

async function stagesOf(queries: Queries, run: RunId): Promise<StoredRun['stages']> {
  const rows = await queries
    .selectFrom('run_stages')
    .select(['stage', 'at_ms'])
    .where('run_id', '=', run)
    .orderBy('sequence')
    .execute();
  return rows.map(({ stage, at_ms: atMs }) => ({ stage, atMs }));
}

async function noticesOf(queries: Queries, proposal: ProposalId): Promise<readonly StoredNotice[]> {
  const [notices, deliveries] = await Promise.all([
    queries
      .selectFrom('notices')
      .select(['key', 'type', 'at_s', 'sentence'])
      .where('proposal_id', '=', proposal)
      .orderBy('sequence')
      .execute(),
    queries.selectFrom('deliveries').selectAll().where('proposal_id', '=', proposal).orderBy('notifier').execute(),
  ]);
  return notices.map(({ at_s: at, ...notice }) => ({
    ...notice,
    at,
    deliveries: deliveries
      .filter((row) => row.notice_key === notice.key)
      .map(({ done_at_ms: doneAtMs, due_at_ms: dueAtMs, ...row }) => ({ ...row, doneAtMs, dueAtMs })),
  }));
}
