import { sql } from 'kysely';
import type { Outcome, Reason } from '../domain/check.ts';
import type { CommitId, ProposalId } from '../domain/ids.ts';
import type { ElectionRow } from '../domain/overview.ts';
import type { ProposalKind, ProposalStatus } from '../domain/proposal.ts';
import type { Queries } from './database.ts';
import { isElection, itsVerdict, UNENDED } from './elections.ts';
import { urgency } from './jobs.ts';

export type { ElectionRow } from '../domain/overview.ts';

/**
 * Elections, those with votes to come first and by urgency, the others newest first. `since`: UTC seconds of a deadline
 * before which an election that is over is left out; null: all.
 */
export async function electionRows(queries: Queries, since: number | null): Promise<readonly ElectionRow[]> {
  const rows = await elections(queries)
    .$if(since !== null, (query) =>
      query.where((where) =>
        where.or([
          where('proposals.deadline_at_s', '>=', since),
          where('proposals.deadline_at_s', 'is', null),
          where('proposals.status', 'in', UNENDED),
          where('proposals.reward_status', '=', 'accept-votes'),
        ]),
      ),
    )
    .execute();
  return rows.map(rowOf);
}

/** One election; null: not known. */
export async function electionRow(queries: Queries, id: ProposalId): Promise<ElectionRow | null> {
  const row = await elections(queries).where('proposals.id', '=', id).executeTakeFirst();
  return row ? rowOf(row) : null;
}

const accepting = sql<number>`case when proposals.reward_status = 'accept-votes' or proposals.status = 'open'
  then 0 else 1 end`;

/** Elections with what lists show of them, in the order of lists. */
export function elections(queries: Queries) {
  return queries
    .selectFrom('proposals')
    .leftJoin('verdicts', itsVerdict)
    .leftJoin('jobs', (join) =>
      join.onRef('jobs.key', '=', 'proposals.id').on('jobs.kind', '=', 'verify').on('jobs.state', '<>', 'finished'),
    )
    .leftJoin('mutes', 'mutes.proposal_id', 'proposals.id')
    .where(isElection)
    .select(['proposals.id', 'proposals.kind', 'title', 'proposals.status', 'commit_id', 'deadline_at_s'])
    .select(['tally_yes', 'tally_no', 'tally_total', 'verdict_by', 'until_ms'])
    .select(['outcome', 'reason', 'confirmed', 'final', 'verdicts.revision', 'decided_at_ms'])
    .select(['jobs.state', 'not_before_ms', 'attempt', 'why', 'progress'])
    .orderBy(accepting)
    .orderBy(sql`case when ${accepting} = 1 then 0 else ${urgency.decided} end`)
    .orderBy(sql`case when ${accepting} = 1 then 0 else ${urgency.hasNoDeadline} end`)
    .orderBy(sql`case when ${accepting} = 1 then 0 else proposals.deadline_at_s end`)
    .orderBy(sql`length(proposals.id)`, 'desc')
    .orderBy('proposals.id', 'desc');
}

type VerdictColumns = Pick<
  Row,
  'outcome' | 'reason' | 'confirmed' | 'final' | 'revision' | 'verdict_by' | 'decided_at_ms'
>;
type Row = Awaited<ReturnType<ReturnType<typeof elections>['execute']>>[number];

/** A row of `elections`. */
export function rowOf(row: Row): ElectionRow {
  const { tally_yes: yes, tally_no: no, tally_total: total } = row;
  return {
    id: row.id as ProposalId,
    kind: row.kind as ProposalKind,
    title: row.title,
    status: row.status as ProposalStatus,
    commit: row.commit_id as CommitId | null,
    deadlineAt: row.deadline_at_s,
    tally: yes !== null && no !== null && total !== null ? { yes, no, total } : null,
    verdict: verdictOf(row),
    job: jobOf(row),
    mutedUntilMs: row.until_ms,
  };
}

/** The verdict of joined columns; null: none was given. */
export function verdictOf(row: VerdictColumns): ElectionRow['verdict'] {
  const { outcome, reason, confirmed, final, revision, verdict_by: by, decided_at_ms: at } = row;
  if (outcome === null || revision === null || by === null || at === null) return null;
  return {
    outcome: outcome as Outcome,
    reason: reason as Reason | null,
    confirmed: confirmed === null ? null : confirmed === 1,
    final: final === 1,
    revision,
    by,
    decidedAtMs: at,
  };
}

function jobOf({ state, not_before_ms: dueAtMs, attempt, why, progress }: Row): ElectionRow['job'] {
  if ((state !== 'queued' && state !== 'held') || dueAtMs === null || attempt === null) return null;
  return { state, dueAtMs, attempt, why, progress: progress === null ? null : (JSON.parse(progress) as unknown) };
}
