import SqliteFile from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../src/store/database.ts';
import { createElectionStates } from '../../src/store/open-elections.ts';
import { createWorkQueue } from '../../src/store/jobs.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { emptySqlite, migrated } from '../support/databases.ts';

type Prepare = (this: SqliteFile.Database, source: string) => SqliteFile.Statement;
const prototype = SqliteFile.prototype as { prepare: Prepare };
const prepare: unknown = Reflect.get(prototype, 'prepare');

let database: Database;
let asked: string[];

beforeEach(async () => {
  asked = [];
  prototype.prepare = function (source) {
    asked.push(source);
    return (prepare as Prepare).call(this, source);
  };
  database = await migrated(emptySqlite);
  asked = [];
});
afterEach(async () => {
  prototype.prepare = prepare as Prepare;
  await database.close();
});

/** How SQLite goes about each question; nothing that it knows of values. */
async function plans(): Promise<string[]> {
  const questions = asked.filter((source) => source.startsWith('select'));
  const steps: string[] = [];
  for (const question of questions) {
    const { rows } = await sql
      .raw<{ detail: string }>(`explain query plan ${question.replaceAll('?', '0')}`)
      .execute(database.db);
    steps.push(...rows.map(({ detail }) => detail));
  }
  return steps;
}

describe('what is asked each second', () => {
  it('reads no message that was told and no job that is done, however many there are', async () => {
    const [queue, outbox] = [createWorkQueue(database), createOutbox(database)];
    await queue.claim('verify', 'worker', 1000);
    await queue.claim('build', 'worker', 1000);
    await outbox.next('console', 0);
    await outbox.nextDueMs('console');
    const steps = await plans();
    expect(steps.filter((step) => step.startsWith('SCAN'))).toEqual([]);
    expect(steps).toContain('SEARCH deliveries USING INDEX deliveries_open (notifier=?)');
    expect(steps).toContain('SEARCH jobs USING INDEX jobs_unfinished (kind=?)');
  });

  it('reads of what an election was told no more than of which type it was', async () => {
    await createElectionStates(database).unfinished();
    const ends = (await plans()).filter((step) => step.includes('(proposal_id=? AND type=?)'));
    expect(ends).toEqual(
      Array(2).fill('SEARCH notices USING COVERING INDEX notices_by_type (proposal_id=? AND type=?)'),
    );
  });

  it('is prepared once', async () => {
    const outbox = createOutbox(database);
    for (let time = 0; time < 3; time += 1) await outbox.next('console', time);
    expect(asked.filter((source) => source.includes('deliveries'))).toHaveLength(1);
  });
});
