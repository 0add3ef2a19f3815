import { WatchError } from '../domain/errors.ts';
import type { RunId } from '../domain/ports.ts';
import { isStep, type Stage } from '../domain/stage.ts';
import type { Database, Queries } from './database.ts';

/** Where runs stand, as it is shown while they go on. */
export function createRunStages(
  { db }: Database,
  now: () => number,
): { readonly entered: (run: RunId, stage: Stage) => Promise<void> } {
  return {
    entered: (run, stage) => db.transaction().execute((trx) => enterStage(trx, run, stage, now())),
  };
}

/**
 * Within a transaction; a stage that the run is in already is not entered again. Throws where there is no such step: a
 * bug, over which nothing is stored.
 */
export async function enterStage(trx: Queries, run: RunId, stage: Stage, at: number): Promise<void> {
  const row = await trx.selectFrom('runs').select('stage').where('id', '=', run).executeTakeFirst();
  if (!row) return unknownRun(run);
  if (row.stage === stage) return;
  if (!isStep(row.stage, stage)) {
    throw new WatchError('bug', 'no-such-step', `run ${run} cannot go from ${row.stage} to ${stage}`);
  }
  await trx.updateTable('runs').set({ stage }).where('id', '=', run).execute();
  const { count } = await trx
    .selectFrom('run_stages')
    .select((from) => from.fn.countAll<number | string>().as('count'))
    .where('run_id', '=', run)
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('run_stages')
    .values({ run_id: run, sequence: Number(count) + 1, stage, at_ms: at })
    .execute();
}

export function unknownRun(run: RunId): never {
  throw new WatchError('bug', 'unknown-run', `there is no run ${run}`);
}
