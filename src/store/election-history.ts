import { sql, type SqlBool } from 'kysely';
import type { Outcome } from '../domain/check.ts';
import type { BuildReport, Observed } from '../domain/evidence.ts';
import { parseCommitId } from '../domain/ids.ts';
import type { ElectionRow } from '../domain/overview.ts';
import type { ChartFacts, HistoryFilter, TimedBuild, Totals } from '../domain/status-queries.ts';
import type { Queries } from './database.ts';
import { isElection, itsVerdict } from './elections.ts';
import { ofOwnNetwork } from './database-network.ts';
import { elections, rowOf } from './overview.ts';

type Sieve = Omit<HistoryFilter, 'page'>;

/** Some of the elections that the sieve leaves, the newest first, and how many it leaves. */
export async function electionHistory(
  queries: Queries,
  sieve: Sieve,
  span: { readonly offset: number; readonly limit: number },
): Promise<{ readonly elections: readonly ElectionRow[]; readonly total: number }> {
  const { count } = await sifted(queries, sieve)
    .select((column) => column.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow();
  const ids = await sifted(queries, sieve)
    .select('proposals.id')
    .orderBy(sql`length(proposals.id)`, 'desc')
    .orderBy('proposals.id', 'desc')
    .limit(span.limit)
    .offset(span.offset)
    .execute();
  return {
    elections: await electionsOf(
      queries,
      ids.map(({ id }) => id),
    ),
    total: Number(count),
  };
}

/** These elections, in the order in which they are asked for. */
export async function electionsOf(queries: Queries, ids: readonly string[]): Promise<readonly ElectionRow[]> {
  if (ids.length === 0) return [];
  const rows = await elections(queries).where('proposals.id', 'in', ids).execute();
  const byId = new Map<string, ElectionRow>(rows.map((row) => [row.id, rowOf(row)]));
  return ids.flatMap((id) => byId.get(id) ?? []);
}

function sifted(queries: Queries, { outcome, kind, month = null, text = null }: Sieve) {
  const span = month === null ? null : monthSpan(month);
  const filtered = queries
    .selectFrom('proposals')
    .leftJoin('verdicts', itsVerdict)
    .where(isElection)
    .$if(kind !== null, (query) => query.where('proposals.kind', '=', kind ?? ''))
    .$if(outcome === 'none', (query) => query.where('verdicts.outcome', 'is', null))
    .$if(outcome !== null && outcome !== 'none', (query) => query.where('verdicts.outcome', '=', outcome ?? ''))
    .$if(span !== null, (query) =>
      query.where('deadline_at_s', '>=', span?.from ?? 0).where('deadline_at_s', '<', span?.until ?? 0),
    );
  return text === null ? filtered : filtered.where(mentions(text));
}

/** UTC seconds. */
function monthSpan(month: string): { readonly from: number; readonly until: number } {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return { from: Date.UTC(year, number - 1) / 1000, until: Date.UTC(year, number) / 1000 };
}

/** The signs that have a meaning in a pattern are meant as they stand. */
function mentions(text: string) {
  const pattern = text.toLowerCase().replace(/[\\%_]/g, '\\$&');
  const within = (column: string, like: string) => sql`lower(${sql.ref(column)}) like ${like} escape '\\'`;
  return sql<SqlBool>`(${within('proposals.title', `%${pattern}%`)} or ${within('proposals.id', `${pattern}%`)}
    or ${within('proposals.commit_id', `${pattern}%`)})`;
}

/** Most builds that a chart shows. */
const BUILDS = 40;

/** Outcomes of the elections that were judged since then (UTC milliseconds), and the latest builds. */
export async function chartFacts(queries: Queries, since: number): Promise<ChartFacts> {
  const outcomes = await queries
    .selectFrom('proposals')
    .innerJoin('verdicts', itsVerdict)
    .select(['verdicts.outcome', 'verdicts.decided_at_ms'])
    .where(isElection)
    .where('verdicts.decided_at_ms', '>=', since)
    .execute();
  return {
    outcomes: outcomes.map(({ outcome, decided_at_ms: decidedAtMs }) => ({ outcome: outcome as Outcome, decidedAtMs })),
    builds: await timedBuilds(queries),
  };
}

/** One that several runs used is one build. */
async function timedBuilds(queries: Queries): Promise<readonly TimedBuild[]> {
  const rows = await queries
    .selectFrom('evidence')
    .select(['subject', 'observation', 'observed_at_ms'])
    .where('kind', '=', 'build')
    .where('status', '=', 'observed')
    .orderBy('observed_at_ms', 'desc')
    .limit(BUILDS * 3)
    .execute();
  const builds = new Map(rows.map((row) => [`${row.subject} ${row.observed_at_ms}`, row]));
  return [...builds.values()].slice(0, BUILDS).map(({ subject, observation, observed_at_ms: atMs }) => ({
    commit: parseCommitId(subject.slice(0, 40)),
    seconds: (JSON.parse(observation) as Observed<BuildReport>).value.seconds,
    atMs,
  }));
}

/** How many verdicts were given on its network, revisions included, and how many builds came to their end. */
export async function totals(queries: Queries): Promise<Totals> {
  const verdicts = await queries
    .selectFrom('verdicts')
    .select(['outcome', (column) => column.fn.countAll<number | string>().as('count')])
    .innerJoin('runs', 'runs.id', 'verdicts.run_id')
    .where(ofOwnNetwork)
    .groupBy('outcome')
    .orderBy('outcome')
    .execute();
  const { count } = await queries
    .selectFrom('evidence')
    .select((column) => column.fn.countAll<number | string>().as('count'))
    .where('kind', '=', 'build')
    .where('status', '=', 'observed')
    .executeTakeFirstOrThrow();
  return {
    verdicts: verdicts.map((row) => ({ outcome: row.outcome as Outcome, count: Number(row.count) })),
    builds: Number(count),
  };
}
