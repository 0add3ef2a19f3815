import { sql } from 'kysely';
import type { Outcome } from '../domain/check.ts';
import type { ElectionRow } from '../domain/overview.ts';
import type { ProposalKind } from '../domain/proposal.ts';
import type { Queries } from './database.ts';
import { isElection } from './elections.ts';
import { elections, rowOf } from './overview.ts';

export interface Sieve {
  /** `none`: without a verdict; null: any. */
  readonly outcome: Outcome | 'none' | null;
  readonly kind: ProposalKind | null;
}

interface Span {
  readonly offset: number;
  readonly limit: number;
}

/** Some of the elections that the sieve leaves, the newest first, and how many it leaves. */
export async function electionHistory(
  queries: Queries,
  sieve: Sieve,
  span: Span,
): Promise<{ readonly elections: readonly ElectionRow[]; readonly total: number }> {
  const [total, ids] = await Promise.all([countOf(queries, sieve), idsOf(queries, sieve, span)]);
  const rows = ids.length === 0 ? [] : await elections(queries).where('proposals.id', 'in', ids).execute();
  const byId = new Map(rows.map((row) => [row.id, rowOf(row)]));
  return { elections: ids.flatMap((id) => byId.get(id) ?? []), total };
}

function sifted(queries: Queries, { outcome, kind }: Sieve) {
  return queries
    .selectFrom('proposals')
    .leftJoin('verdicts', (join) =>
      join
        .onRef('verdicts.run_id', '=', 'proposals.verdict_run_id')
        .onRef('verdicts.revision', '=', 'proposals.verdict_revision'),
    )
    .where(isElection)
    .$if(kind !== null, (query) => query.where('proposals.kind', '=', kind ?? ''))
    .$if(outcome === 'none', (query) => query.where('verdicts.outcome', 'is', null))
    .$if(outcome !== null && outcome !== 'none', (query) => query.where('verdicts.outcome', '=', outcome ?? ''));
}

async function countOf(queries: Queries, sieve: Sieve): Promise<number> {
  const { count } = await sifted(queries, sieve)
    .select((column) => column.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

async function idsOf(queries: Queries, sieve: Sieve, { offset, limit }: Span): Promise<string[]> {
  const rows = await sifted(queries, sieve)
    .select('proposals.id')
    .orderBy(sql`length(proposals.id)`, 'desc')
    .orderBy('proposals.id', 'desc')
    .limit(limit)
    .offset(offset)
    .execute();
  return rows.map(({ id }) => id);
}
