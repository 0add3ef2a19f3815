import type { CommitId, ProposalId } from '../domain/ids.ts';
import { NOT_RECORDED } from '../domain/network.ts';
import type { Match } from '../domain/status-queries.ts';
import type { Place, Sought } from '../domain/proposal-history.ts';
import type { Queries } from './database.ts';
import { electionsOf } from './election-history.ts';
import { verdictsOf } from './verdict-writer.ts';

/** What stands at these places: each proposal with its newest verdict, each run by hand with its own. */
export async function matchesOf(queries: Queries, places: readonly Place[], sought: Sought): Promise<readonly Match[]> {
  const matches: Match[] = [];
  for (const { proposal, run } of places) {
    const match =
      proposal === null ? await ofRun(queries, run ?? '', sought) : await ofProposal(queries, proposal, sought);
    if (match) matches.push(match);
  }
  return matches;
}

async function ofProposal(queries: Queries, id: ProposalId, sought: Sought): Promise<Match | null> {
  const facts = await queries
    .selectFrom('proposals')
    .leftJoin('runs', 'runs.id', 'proposals.verdict_run_id')
    .select(['proposals.commit_id', 'package_sha256', 'verdict_run_id', 'verdict_revision', 'network'])
    .where('proposals.id', '=', id)
    .executeTakeFirst();
  if (!facts) return null;
  const [election = null] = await electionsOf(queries, [id]);
  const run = facts.verdict_run_id;
  const verdicts = run === null ? [] : await verdictsOf(queries, run);
  return {
    proposal: election,
    commit: facts.commit_id as CommitId | null,
    network: run === null ? null : (facts.network ?? NOT_RECORDED),
    verdict: verdicts.find(({ revision }) => revision === facts.verdict_revision) ?? null,
    packageSha256: facts.package_sha256,
    seenAs: run === null ? [] : await seenAs(queries, run, sought),
  };
}

async function ofRun(queries: Queries, id: string, sought: Sought): Promise<Match | null> {
  const run = await queries.selectFrom('runs').select(['commit_id', 'network']).where('id', '=', id).executeTakeFirst();
  if (!run) return null;
  return {
    proposal: null,
    commit: run.commit_id as CommitId | null,
    network: run.network ?? NOT_RECORDED,
    verdict: (await verdictsOf(queries, id)).at(-1) ?? null,
    packageSha256: null,
    seenAs: await seenAs(queries, id, sought),
  };
}

async function seenAs(queries: Queries, run: string, sought: Sought): Promise<readonly string[]> {
  if (!('sha256' in sought)) return [];
  const { sha256 } = sought;
  const rows = await queries
    .selectFrom('evidence')
    .select('kind')
    .distinct()
    .where('run_id', '=', run)
    .where((where) => where.or([where('value_sha256', '=', sha256), where('file_sha256', '=', sha256)]))
    .orderBy('kind')
    .execute();
  return rows.map(({ kind }) => kind);
}
