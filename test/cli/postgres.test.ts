import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { createServerDatabase, serverUrl } from '../support/postgres.ts';
import { program, seedForTests, VERIFIED, type Ran } from './seeded.ts';

const seeded = seedForTests('postgres');
let server: Awaited<ReturnType<typeof createServerDatabase>>;
beforeAll(async () => void (server = await createServerDatabase()));
afterAll(() => server.drop());

/** The program with its database on the server. */
const onServer = (...argv: string[]): Promise<Ran> =>
  program(seeded.dataDir, argv, { DATABASE_URL: serverUrl(server.name) });

describe('a database on a PostgreSQL server', () => {
  it('is empty at first, which a reader says', async () => {
    expect(await onServer('proposals')).toMatchObject({ code: 2, stderr: expect.stringContaining('empty') as string });
  });

  it('takes all that a file held, once, and is read and acted on like the file', async () => {
    const from = `sqlite:${join(seeded.dataDir, 'nns-watch.sqlite')}`;
    const moved = await onServer('migrate', '--from', from);
    expect(moved).toMatchObject({ code: 0, stderr: '' });
    expect(moved.stdout).toMatch(/^proposals: [1-9]\d*$/m);
    expect(await onServer('migrate', '--from', from)).toMatchObject({ code: 2 });
    const both = await Promise.all([onServer('proposals', '--all'), program(seeded.dataDir, ['proposals', '--all'])]);
    expect(both[0]).toEqual(both[1]);
    expect(await onServer('mute', VERIFIED, '--for', '1h')).toMatchObject({ code: 0 });
    expect(await onServer('requeue', VERIFIED)).toMatchObject({ code: 0 });
  });

  it.each([
    ['back to a file', ['migrate', '--from', 'postgres://db.example/watch']],
    ['as a file', ['backup', 'copy.sqlite']],
  ])('is never copied %s', async (_, argv) => {
    expect(await onServer(...argv)).toMatchObject({ code: 2, stdout: '' });
  });

  it('whose password is in the address shows it nowhere', async () => {
    const env = { DATABASE_URL: 'postgres://me:hunter2-hunter2@localhost:1/watch' };
    for (const argv of [['check-config'], ['proposals']]) {
      const { stdout, stderr } = await program(seeded.dataDir, argv, env);
      expect(stdout + stderr).not.toContain('hunter2');
    }
  });
});
