import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createWorkQueue } from '../../src/store/jobs.ts';
import { commit } from '../support/records.ts';
import { HARMFUL } from './reading-kit.ts';
import { buildLog, BUILDING, byHandCommit, program, seedForTests, VERIFIED } from './seeded.ts';

const seeded = seedForTests('nns-watch-logs-');
const logs = (...argv: string[]) => program(seeded.dataDir, ['logs', ...argv]);

/** Says what the builder of the seeded build would say, until it ends. */
async function build(): Promise<{ id: string; say: (lines: readonly string[]) => Promise<unknown> }> {
  const { id } = await seeded.database.db
    .selectFrom('jobs')
    .select('id')
    .where('key', '=', `${commit}#1`)
    .executeTakeFirstOrThrow();
  const queue = createWorkQueue(seeded.database);
  const say = (lines: readonly string[]) =>
    queue.heartbeat(id, 'build@host', 600_000, { seconds: 1, tail: lines.slice(-3), lines: lines.length });
  return { id, say };
}

describe('the log of a build that goes on', () => {
  const lines = ['first', '\u001b[2J\u001b]0;owned\u0007second', '  third', 'fourth'];

  it('is shown from its last lines, as text that does nothing', async () => {
    const { say } = await build();
    await say(lines);
    const { code, stdout, stderr } = await logs(BUILDING);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'second\n  third\nfourth\n' });
    expect(stderr).toContain('1 earlier line is left out');
    expect(stdout).not.toMatch(HARMFUL);
  });

  it('is followed until the build ends', async () => {
    const { id, say } = await build();
    const followed = logs(commit, '-f');
    const more = setTimeout(() => void say([...lines, 'fifth']), 2_500);
    const end = setTimeout(() => void createWorkQueue(seeded.database).finish(id, 'build@host', null), 5_000);
    const { code, stdout, stderr } = await followed;
    clearTimeout(more);
    clearTimeout(end);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'second\n  third\nfourth\nfifth\n' });
    expect(stderr).toContain('The build has ended.');
  });
});

describe('the log of a build that is over', () => {
  const directory = (): string => join(seeded.dataDir, 'blobs', buildLog.slice(0, 2));
  beforeAll(() => {
    mkdirSync(directory(), { recursive: true });
    const long = `${'x'.repeat(300_000)}\n`;
    writeFileSync(join(directory(), buildLog.slice(2)), `begin\r\n${long}\u001b[31mred\u202e\nno end of line`);
  });

  it('is printed whole, line by line, each bounded', async () => {
    const { code, stdout } = await logs(VERIFIED);
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe('begin');
    expect(lines.slice(-2)).toEqual(['red', 'no end of line']);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(1000);
    expect(stdout).not.toMatch(HARMFUL);
  });

  it.each([
    [byHandCommit, 'No log of a build'],
    ['1'.repeat(40), 'Nothing is known'],
  ])('is asked for in vain: %s', async (what, said) => {
    const { code, stdout, stderr } = await logs(what);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(said);
  });
});
