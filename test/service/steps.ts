import type { Stage } from '../../src/domain/stage.ts';
import type { Database } from '../../src/store/database.ts';

/** Every step that a run of this database took, as its timeline shows them. */
export async function stepsTaken({ db }: Database): Promise<readonly (readonly [Stage, Stage])[]> {
  const rows = await db.selectFrom('run_stages').selectAll().orderBy('run_id').orderBy('sequence').execute();
  return rows.map(({ run_id: run, stage }, at) => {
    const before = rows[at - 1];
    return [before?.run_id === run ? before.stage : 'queued', stage] as const;
  });
}
