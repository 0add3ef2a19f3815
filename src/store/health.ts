import type { Health, Incident, IncidentStore } from '../domain/service-ports.ts';
import type { Database } from './database.ts';
import { enqueueNotices } from './notices.ts';

const PROBE = 'room for more';
/** Some 16 KB: what the next few rows need. */
const PROBE_WORDS = 3200;

/** How the rounds of each loop ended: the latest good one and the latest failure. */
export function createHealth({ db }: Database): Health {
  return {
    begin: (loops, atMs) =>
      db.transaction().execute(async (trx) => {
        await trx.deleteFrom('loops').where('loop', 'not in', loops).execute();
        for (const loop of loops) {
          await trx
            .insertInto('loops')
            .values({ loop, begun_at_ms: atMs })
            .onConflict((conflict) => conflict.column('loop').doUpdateSet({ begun_at_ms: atMs }))
            .execute();
        }
      }),
    ended: async (loop, atMs, failure) => {
      const what = failure
        ? { failed_at_ms: atMs, failure_code: failure.code, failure_message: failure.message }
        : { ok_at_ms: atMs };
      await db
        .insertInto('loops')
        .values({ loop, ...what })
        .onConflict((conflict) => conflict.column('loop').doUpdateSet(what))
        .execute();
    },
    probe: () => probe(db),
    loops: async () => {
      const rows = await db.selectFrom('loops').selectAll().orderBy('loop').execute();
      return rows.map((row) => ({
        loop: row.loop,
        begunMs: row.begun_at_ms,
        lastOkMs: row.ok_at_ms,
        lastFailure:
          row.failed_at_ms === null
            ? null
            : { atMs: row.failed_at_ms, code: row.failure_code ?? '', message: row.failure_message ?? '' },
      }));
    },
  };
}

async function probe(db: Database['db']): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx
      .insertInto('loops')
      .values({ loop: PROBE, failure_message: 'room '.repeat(PROBE_WORDS) })
      .execute();
    await trx.deleteFrom('loops').where('loop', '=', PROBE).execute();
  });
}

/** What is wrong with the program or its surroundings, begun and ended together with the notices that tell so. */
export function createIncidentStore(database: Database): IncidentStore {
  const { db } = database;
  return {
    open: async () => {
      const rows = await db.selectFrom('troubles').selectAll().orderBy('since_ms').orderBy('key').execute();
      return rows.map(({ key, sentence, since_ms: sinceMs }): Incident => ({ key, sentence, sinceMs }));
    },
    begin: ({ key, sentence, sinceMs }, notice, notifiers) =>
      db.transaction().execute(async (trx) => {
        const begun = await trx
          .insertInto('troubles')
          .values({ key, sentence, since_ms: sinceMs })
          .onConflict((conflict) => conflict.doNothing())
          .returning('key')
          .executeTakeFirst();
        if (begun) await enqueueNotices(database, trx, [notice], notifiers);
      }),
    end: (key, notice, notifiers) =>
      db.transaction().execute(async (trx) => {
        const ended = await trx.deleteFrom('troubles').where('key', '=', key).returning('key').executeTakeFirst();
        if (ended) await enqueueNotices(database, trx, [notice], notifiers);
      }),
  };
}
