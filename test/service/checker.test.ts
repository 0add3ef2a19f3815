import { appendFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BUDGET_BYTES, check, type Aftermath } from './checker.ts';
import { electionAt, Timeline } from './timeline.ts';

/** A checker that finds nothing proves nothing: each promise is broken once, by hand. */
let timeline: Timeline;
let after: Aftermath;

beforeEach(async () => {
  timeline = new Timeline([electionAt(0.1, '201', { lastsHours: 2 })], { buildSeconds: 300 });
  await timeline.start();
  await timeline.until(3);
  const { outside, rig, running } = timeline;
  const { directory } = rig;
  after = { directory, database: running.database, chats: timeline.chats, elections: outside.elections, kills: 0 };
});
afterEach(async () => timeline.end());

describe('the checker', () => {
  it('finds nothing in a story that went well', async () => {
    await expect(check(after)).resolves.toBeUndefined();
  });

  it('finds a verified verdict that lacks a comparison', async () => {
    const cut = sql`json_remove(verdict, '$.results[0].comparisons', '$.results[1].comparisons')`;
    await sql`update verdicts set verdict = ${cut}`.execute(after.database.db);
    await expect(check(after)).rejects.toThrow();
  });

  it('finds an outcome that the story does not have', async () => {
    const elections = after.elections.map((election) => ({ ...election, behaviour: 'mismatch' as const }));
    await expect(check({ ...after, elections })).rejects.toThrow();
  });

  it('finds an election that nobody was told of in time', async () => {
    const elections = after.elections.map((election) => ({ ...election, deadlineAt: election.submittedAt }));
    await expect(check({ ...after, elections })).rejects.toThrow();
  });

  it('finds a lost message', async () => {
    const { shown } = timeline.hook;
    shown.splice(
      shown.findIndex(({ type }) => type === 'closed'),
      1,
    );
    await expect(check(after)).rejects.toThrow('closed');
  });

  it('finds a message that came twice, and a second one of the bot', async () => {
    timeline.bot.shown.push({ ...timeline.bot.shown[0]!, message: 'another' });
    await expect(check(after)).rejects.toThrow();
  });

  it('finds evidence whose file is gone, or is something else', async () => {
    const { directory } = after;
    const kept = readdirSync(join(directory, 'blobs'), { recursive: true, withFileTypes: true });
    for (const entry of kept.filter((each) => each.isFile())) appendFileSync(join(entry.parentPath, entry.name), '!');
    await expect(check(after)).rejects.toThrow('the file of some evidence');
    rmSync(join(directory, 'blobs'), { recursive: true });
    await expect(check(after)).rejects.toThrow('the file of some evidence');
  });

  it('finds that more is kept than may be', async () => {
    writeFileSync(join(after.directory, 'cache', 'left'), Buffer.alloc(BUDGET_BYTES));
    await expect(check(after)).rejects.toThrow('bytes on disk');
  });

  it('finds work that nobody does', async () => {
    await sql`update jobs set state = 'held' where kind = 'build'`.execute(after.database.db);
    await expect(check(after)).rejects.toThrow('work that nobody does');
  });
});
