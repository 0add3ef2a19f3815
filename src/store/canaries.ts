import { randomUUID } from 'node:crypto';
import type { Canaries, CanaryRun, CanaryState, JudgedCase } from '../domain/canary.ts';
import type { ProposalId } from '../domain/ids.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Database, Queries } from './database.ts';
import { itsVerdict } from './elections.ts';
import { evidenceOf } from './evidence.ts';

/** So many are kept: two years. */
const MOST = 100;

export function createCanaries({ db }: Database): Canaries {
  return {
    subject: () => subject(db),
    keep: async ({ proposalId, state, cases, atMs }) => {
      await db.transaction().execute(async (trx) => {
        await trx
          .insertInto('canary_runs')
          .values({ id: randomUUID(), proposal_id: proposalId, state, cases: JSON.stringify(cases), at_ms: atMs })
          .execute();
        const kept = trx.selectFrom('canary_runs').select('id').orderBy('at_ms', 'desc').limit(MOST);
        await trx.deleteFrom('canary_runs').where('id', 'not in', kept).execute();
      });
    },
    newest: () => newestCanaries(db),
  };
}

/** The newest canary, and the newest that came to an end. */
export async function newestCanaries(db: Queries): ReturnType<Canaries['newest']> {
  const runs = db.selectFrom('canary_runs').selectAll().orderBy('at_ms', 'desc').limit(1);
  const [last, ended] = [await runs.executeTakeFirst(), await runs.where('state', '<>', 'open').executeTakeFirst()];
  return { last: last ? runOf(last) : null, ended: ended ? runOf(ended) : null };
}

function runOf(row: { proposal_id: string; state: string; cases: string; at_ms: number }): CanaryRun {
  return {
    proposalId: row.proposal_id as ProposalId,
    state: row.state as CanaryState,
    cases: JSON.parse(row.cases) as JudgedCase[],
    atMs: row.at_ms,
  };
}

async function subject(db: Queries): ReturnType<Canaries['subject']> {
  const row = await db
    .selectFrom('proposals')
    .innerJoin('verdicts', itsVerdict)
    .select(['snapshot', 'verdicts.run_id', 'judged_from', 'decided_at_ms'])
    .where('verdict_by', '=', 'service')
    .where('verdicts.outcome', '=', 'verified')
    .where('verdicts.final', '=', 1)
    .orderBy('decided_at_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (!row) return null;
  return {
    proposal: JSON.parse(row.snapshot) as Proposal,
    evidence: await evidenceOf(db, row.run_id, JSON.parse(row.judged_from) as number[]),
    decidedAtMs: row.decided_at_ms,
  };
}
