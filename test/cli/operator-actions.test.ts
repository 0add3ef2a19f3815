import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { openSqlite, openSqliteToRead } from '../../src/store/database.ts';
import { createWorkQueue } from '../../src/store/jobs.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { BUILDING, HOSTILE, OLD, program, seedForTests, VERIFIED, type Ran } from './seeded.ts';

// Each request is a process of its own, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const seeded = seedForTests('nns-watch-by-hand-');
const { dataDir } = seeded;
const run = (...argv: string[]): Promise<Ran> => program(dataDir, argv);

describe('requeue', () => {
  it('makes work of an election that was judged, also of history, and only once', async () => {
    const queue = createWorkQueue(seeded.database);
    for (const id of [VERIFIED, OLD]) {
      const { code, stdout } = await run('requeue', id);
      expect({ code, stdout }).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(`^Proposal ${id} will be verified again. A build .+ is used again`) as string,
      });
      expect(await queue.look('verify', id)).toMatchObject({ state: 'queued' });
    }
    expect((await run('requeue', VERIFIED)).stdout).toContain('was waiting to be tried again');
    const jobs = await seeded.database.db.selectFrom('jobs').select('input').where('key', '=', VERIFIED).execute();
    expect(jobs.map(({ input }) => JSON.parse(input) as unknown)).toEqual([
      { proposal: VERIFIED },
      { proposal: VERIFIED },
    ]);
  });

  it('makes work due that waits, and leaves alone what is worked on', async () => {
    const queue = createWorkQueue(seeded.database);
    await queue.enqueue({ kind: 'verify', key: HOSTILE, input: null }, Date.now() + 3_600_000);
    expect((await run('requeue', HOSTILE)).stdout).toContain('was waiting to be tried again, and is tried now');
    expect(await queue.claim('verify', 'b', 60_000)).toMatchObject({ key: HOSTILE });
    expect((await run('requeue', BUILDING)).stdout).toContain('is being verified at this moment');
  });
});

describe('redeliver', () => {
  it('sends the newest verdict again, to all that had it', async () => {
    const outbox = createOutbox(seeded.database);
    expect(await outbox.next('console', Date.now())).toBeNull();
    const { code, stdout } = await run('redeliver', VERIFIED);
    expect({ code, stdout }).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('console, discord:1') as string,
    });
    const again = await seeded.database.db
      .selectFrom('deliveries')
      .select(['notifier', 'state'])
      .where('notice_key', '=', `proposal ${VERIFIED} verdict 1`)
      .orderBy('notifier')
      .execute();
    expect(again).toEqual([
      { notifier: 'console', state: 'pending' },
      { notifier: 'discord:1', state: 'pending' },
    ]);
    expect(await outbox.next('console', 0)).toMatchObject({ notice: { key: `proposal ${VERIFIED} verdict 1` } });
  });

  it('sends it to one only, also to one that never had it', async () => {
    await seeded.database.db
      .deleteFrom('deliveries')
      .where('notifier', '=', 'discord:1')
      .where('proposal_id', '=', HOSTILE)
      .execute();
    expect(await run('redeliver', HOSTILE, '--notifier', 'discord:1')).toMatchObject({ code: 0 });
    const rows = await seeded.database.db
      .selectFrom('deliveries')
      .select(['notice_key', 'state'])
      .where('notifier', '=', 'discord:1')
      .where('proposal_id', '=', HOSTILE)
      .execute();
    expect(rows).toEqual([{ notice_key: `proposal ${HOSTILE} verdict 1`, state: 'pending' }]);
  });

  it.each([
    [['redeliver', OLD], 'Nothing was told of proposal 99'],
    [['redeliver', VERIFIED, '--notifier', 'slack:\u001b[2J9'], 'There are: console, discord:1'],
  ])('refuses %j', async (argv, why) => {
    const { code, stderr } = await run(...argv);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(why) as string });
    expect(stderr).not.toContain('\u001b');
  });
});

describe('mute', () => {
  const mutedUntil = async (id: string): Promise<number | null> => {
    const row = await seeded.database.db
      .selectFrom('mutes')
      .select('until_ms')
      .where('proposal_id', '=', id)
      .executeTakeFirst();
    return row?.until_ms ?? null;
  };

  it('lasts until the deadline, or as long as it is told, the deadline at the latest', async () => {
    const row = await seeded.database.db
      .selectFrom('proposals')
      .select('deadline_at_s')
      .where('id', '=', HOSTILE)
      .execute();
    const deadline = (row[0]?.deadline_at_s ?? 0) * 1000;
    expect(await run('mute', HOSTILE)).toMatchObject({ code: 0 });
    expect(await mutedUntil(HOSTILE)).toBe(deadline);
    const before = Date.now();
    expect((await run('mute', HOSTILE, '--for', '90m')).stdout).toMatch(
      /muted until \S+Z; a mismatch pings all the same/,
    );
    const until = (await mutedUntil(HOSTILE)) ?? 0;
    expect(until - before).toBeGreaterThanOrEqual(90 * 60_000);
    expect(until - Date.now()).toBeLessThanOrEqual(90 * 60_000);
    await run('mute', HOSTILE, '--for', '20d');
    expect(await mutedUntil(HOSTILE)).toBe(deadline);
    const delivery = await createOutbox(seeded.database).next('discord:1', Date.now());
    expect(delivery).not.toBeNull();
    expect((await run('proposals')).stdout).toContain('muted until');
    expect(await run('mute', HOSTILE, '--off')).toMatchObject({ code: 0 });
    expect(await mutedUntil(HOSTILE)).toBeNull();
  });

  it.each([
    [['mute', OLD], 'Voting on proposal 99 has closed'],
    [['mute', VERIFIED, '--for', 'soon'], '--for must be a time such as 60s'],
    [['mute', VERIFIED, '--for', '1h', '--off'], 'Give --for or --off'],
    [['mute', 'all'], 'A proposal is named by its number'],
    [['mute', '5'], 'No election 5 is known here'],
  ])('refuses %j', async (argv, why) => {
    const { code, stderr } = await run(...argv);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining(why) as string });
    expect(await mutedUntil(VERIFIED)).toBeNull();
  });
});

describe('backup', () => {
  it('copies the database whole while somebody writes, for this user only', async () => {
    const copy = join(dataDir, 'copy.sqlite');
    const { code, stdout } = await run('backup', copy);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining(copy) as string });
    expect(statSync(copy).mode & 0o777).toBe(0o600);
    expect(readdirSync(dataDir).filter((name) => name.startsWith('copy'))).toEqual(['copy.sqlite']);
    const copied = openSqliteToRead(copy);
    const ids = await copied.db.selectFrom('proposals').select('id').orderBy('id').execute();
    await copied.close();
    expect(ids.map(({ id }) => id)).toEqual([VERIFIED, HOSTILE, BUILDING, OLD].sort());
  });

  it('replaces nothing, and leaves nothing behind where it cannot be', async () => {
    const precious = join(dataDir, 'precious');
    writeFileSync(precious, 'mine');
    expect(await run('backup', precious)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('is there already') as string,
    });
    expect(statSync(precious).size).toBe(4);
    const { code, stderr } = await run('backup', join(dataDir, 'nowhere', 'copy'));
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('could not be copied') as string,
    });
    expect(readdirSync(dataDir).filter((name) => name.includes('partial'))).toEqual([]);
  });
});

describe('migrate', () => {
  it('makes the schema where there is none, once', async () => {
    const fresh = join(dataDir, 'fresh');
    expect((await program(fresh, ['migrate'])).stdout).toMatch(/^Applied 0001-\S+\.sql\.\nApplied 0002-/);
    expect(await program(fresh, ['migrate'])).toMatchObject({
      code: 0,
      stdout: 'The database has the newest schema.\n',
    });
  });

  it('is asked for where a command meets an older database', async () => {
    const fresh = join(dataDir, 'fresh');
    const writing = openSqlite(join(fresh, 'nns-watch.sqlite'));
    await writing.db.deleteFrom('schema_migrations').where('number', '>', 1).execute();
    await writing.close();
    for (const argv of [['proposals'], ['requeue', '5']]) {
      const { code, stderr } = await program(fresh, argv);
      expect({ code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringContaining('run `nns-watch migrate`') as string,
      });
    }
  });
});
