import { sql } from 'kysely';
import type { BuildReport, Observed } from '../domain/evidence.ts';
import type { Queries } from './database.ts';
import { ofOwnNetwork } from './network.ts';

const MOST = 10;

/** Seconds that the latest judged runs took which built something themselves, newest first. */
export async function pastRunSeconds(queries: Queries): Promise<readonly number[]> {
  const rows = await queries
    .selectFrom('evidence')
    .innerJoin('runs', 'runs.id', 'evidence.run_id')
    .select(['runs.id', 'runs.started_at_ms', 'runs.judged_at_ms'])
    .where('evidence.kind', '=', 'build')
    .where('evidence.status', '=', 'observed')
    // An earlier build that was used again says nothing about how long one takes.
    .whereRef('evidence.observed_at_ms', '>=', 'runs.started_at_ms')
    .where('runs.judged_at_ms', 'is not', null)
    .where(ofOwnNetwork)
    .groupBy(['runs.id', 'runs.started_at_ms', 'runs.judged_at_ms'])
    .orderBy(sql`max(evidence.observed_at_ms)`, 'desc')
    .limit(MOST)
    .execute();
  return rows.map((row) => ((row.judged_at_ms ?? row.started_at_ms) - row.started_at_ms) / 1000);
}

/** Seconds that the latest builds took by themselves, newest first. */
export async function pastBuildSeconds(queries: Queries): Promise<readonly number[]> {
  const rows = await queries
    .selectFrom('evidence')
    .innerJoin('runs', 'runs.id', 'evidence.run_id')
    .where(ofOwnNetwork)
    .select(['subject', 'observation'])
    .where('kind', '=', 'build')
    .where('status', '=', 'observed')
    .orderBy('observed_at_ms', 'desc')
    .limit(MOST * 3)
    .execute();
  const bySubject = new Map(rows.map(({ subject, observation }) => [subject, observation]));
  return [...bySubject.values()]
    .slice(0, MOST)
    .map((observation) => (JSON.parse(observation) as Observed<BuildReport>).value.seconds);
}
