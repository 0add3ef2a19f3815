import { sql } from 'kysely';
import { COMPONENTS, type Component } from '../domain/component.ts';
import type { BuildReport, FileHash, Observed } from '../domain/evidence.ts';
import type { Queries } from './database.ts';
import { ofOwnNetwork } from './database-network.ts';

const MOST = 10;

/**
 * Seconds until the build was over in the latest judged runs which built something themselves, newest first. Whatever
 * came after it is what others' servers made of it, and says nothing about how long a run takes here.
 */
export async function pastRunSeconds(queries: Queries): Promise<readonly number[]> {
  const rows = await queries
    .selectFrom('evidence')
    .innerJoin('runs', 'runs.id', 'evidence.run_id')
    .select(['runs.id', 'runs.started_at_ms'])
    .select(({ fn }) => fn.max('evidence.observed_at_ms').as('built_at_ms'))
    .where('evidence.kind', '=', 'build')
    .where('evidence.status', '=', 'observed')
    // An earlier build that was used again says nothing about how long one takes.
    .whereRef('evidence.observed_at_ms', '>=', 'runs.started_at_ms')
    .where('runs.judged_at_ms', 'is not', null)
    .where(ofOwnNetwork)
    .groupBy(['runs.id', 'runs.started_at_ms'])
    .orderBy(sql`max(evidence.observed_at_ms)`, 'desc')
    .limit(MOST)
    .execute();
  return rows.map((row) => (row.built_at_ms - row.started_at_ms) / 1000);
}

/** Bytes of the newest image of each component that a download host gave, by the directory in its address. */
export async function pastImageBytes(queries: Queries): Promise<ReadonlyMap<Component, number>> {
  const found = new Map<Component, number>();
  for (const { component, cdnDirectory, imageFile } of COMPONENTS) {
    const row = await queries
      .selectFrom('evidence')
      .innerJoin('runs', 'runs.id', 'evidence.run_id')
      .where(ofOwnNetwork)
      .select('observation')
      .where('kind', '=', 'image')
      .where('status', '=', 'observed')
      .where('subject', 'like', `%/${cdnDirectory}/${imageFile}`)
      .orderBy('observed_at_ms', 'desc')
      .limit(1)
      .executeTakeFirst();
    if (row) found.set(component, (JSON.parse(row.observation) as Observed<FileHash>).value.bytes);
  }
  return found;
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
