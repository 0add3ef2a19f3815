import { sql, type SqlBool } from 'kysely';
import type { Notice } from '../domain/notice.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { ElectionState, ElectionStates } from '../domain/service-ports.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Database, Queries } from './database.ts';
import { isElection, UNENDED } from './elections.ts';
import { pastRunSeconds } from './past-runs.ts';

/** Elections as the loops see them: snapshot, the service's newest verdict, and the work that is left. */
export function createElectionStates({ db }: Database): ElectionStates {
  return {
    unfinished: async () => {
      const rows = await states(db)
        .where('proposals.tracked', '=', 'watched')
        .where(isElection)
        .where((where) =>
          where.or([
            where('proposals.status', 'in', UNENDED),
            where('proposals.reward_status', '=', 'accept-votes'),
            where('jobs.id', 'is not', null),
            historyUnnotified,
          ]),
        )
        .execute();
      return rows.map(stateOf);
    },
    one: async (id) => {
      const row = await states(db).where('proposals.id', '=', id).executeTakeFirst();
      return row ? stateOf(row) : null;
    },
    pastRuns: () => pastRunSeconds(db),
  };
}

/** An election that ended while nobody looked is not over before its end was told. */
const historyUnnotified = sql<SqlBool>`(
  not exists (select 1 from notices where notices.proposal_id = proposals.id and notices.type = 'closed')
  or not exists (select 1 from notices where notices.proposal_id = proposals.id and notices.type = 'outcome'))`;

function states(db: Queries) {
  return db
    .selectFrom('proposals')
    .leftJoin('verdicts', (join) =>
      join
        .onRef('verdicts.run_id', '=', 'proposals.verdict_run_id')
        .onRef('verdicts.revision', '=', 'proposals.verdict_revision')
        .on('proposals.verdict_by', '=', 'service'),
    )
    .leftJoin('notices', 'notices.key', 'verdicts.notice_key')
    .leftJoin('jobs', (join) =>
      join
        .onRef('jobs.key', '=', 'proposals.id')
        .on('jobs.kind', '=', 'verify')
        .on('jobs.state', 'in', ['queued', 'held']),
    )
    .select(['proposals.snapshot', 'verdicts.verdict', 'verdicts.final', 'verdicts.decided_at_ms', 'notices.notice'])
    .select(['jobs.state', 'jobs.not_before_ms', 'jobs.attempt', 'jobs.why', 'jobs.progress'])
    .orderBy(sql`length(proposals.id)`)
    .orderBy('proposals.id');
}

type Row = Awaited<ReturnType<ReturnType<typeof states>['execute']>>[number];

function stateOf(row: Row): ElectionState {
  const { state, not_before_ms: dueAtMs, attempt, why } = row;
  return {
    proposal: JSON.parse(row.snapshot) as Proposal,
    verdict: verdictOf(row),
    job:
      (state === 'queued' || state === 'held') && dueAtMs !== null && attempt !== null
        ? {
            state,
            dueAtMs,
            attempt,
            why,
            progress: row.progress === null ? null : (JSON.parse(row.progress) as unknown),
          }
        : null,
  };
}

function verdictOf({ verdict, final, decided_at_ms: decidedAtMs, notice }: Row): ElectionState['verdict'] {
  if (verdict === null || decidedAtMs === null) return null;
  return {
    verdict: JSON.parse(verdict) as Verdict,
    final: final === 1,
    decidedAtMs,
    notice: notice === null ? null : (JSON.parse(notice) as Notice),
  };
}
