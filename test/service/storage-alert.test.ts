import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StorageAlert } from '../../src/service/storage-alert.ts';
import type { Notice } from '../../src/domain/notice.ts';
import { WatchError } from '../../src/domain/errors.ts';
import { NoteFile } from '../../src/platform/note-file.ts';
import { scratchDirectory } from '../support/databases.ts';
import { quietLog } from './quiet-log.ts';
import { CareRig, running, START } from './watchdog-kit.ts';

const rig = new CareRig();

describe('a database that takes nothing any more', () => {
  let note: NoteFile;
  let remove: () => void;
  beforeEach(async () => {
    const scratch = scratchDirectory();
    remove = scratch.remove;
    note = new NoteFile(join(scratch.path, 'note'));
    await note.prepare();
  });
  afterEach(() => remove());

  it('shows when it cannot grow, though what it holds can be changed', async () => {
    await rig.store.health.ended('watchdog', rig.now, null);
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(rig.database.db);
    await sql`pragma max_page_count = ${sql.lit(rows[0]!.page_count)}`.execute(rig.database.db);
    await rig.store.health.ended('watchdog', rig.now + 1, null);
    await expect(rig.store.health.probe()).rejects.toMatchObject({ code: 'SQLITE_FULL' });
    await sql`pragma max_page_count = 1000000`.execute(rig.database.db);
    await rig.store.health.probe();
    expect((await rig.store.health.loops()).map(({ loop }) => loop)).toEqual(['watchdog']);
  });

  it('is told once over several processes, and its end by the last of them', async () => {
    const heard: string[] = [];
    const listener = { id: 'a', deliver: async ({ key }: Notice) => (heard.push(key), null) };
    const full = Object.assign(new Error('full'), { code: 'ENOSPC' });
    for (const fails of [true, true, false]) {
      const resort = new StorageAlert({ ...rig.deps, notifiers: [listener], note, log: quietLog });
      await resort.begin();
      for (let round = 0; round < 8; round += 1) {
        rig.now += 1;
        if (fails && round > 0) await resort.failed(full, running);
        else await resort.around(async () => undefined, running);
      }
    }
    expect(heard).toEqual([`trouble storage ${START + 3}`, `trouble storage ${START + 3} over`]);
    expect(await note.read()).toBe('');
  });

  it('is told past the outbox, once, and so is its end; one slow or broken channel keeps nobody from hearing it', async () => {
    const heard: string[] = [];
    const listener = { id: 'a', deliver: async ({ sentence }: Notice) => (heard.push(sentence), null) };
    const broken = { id: 'b', deliver: () => Promise.reject(new Error('down')) };
    const resort = new StorageAlert({ ...rig.deps, notifiers: [broken, listener], note, log: quietLog });
    const write = (): Promise<void> => resort.around(() => rig.store.health.ended('watchdog', rig.now, null), running);
    await write();
    await sql`pragma query_only = on`.execute(rig.database.db);
    await expect(write()).rejects.toMatchObject({ code: 'SQLITE_READONLY' });
    expect(heard).toEqual([]);
    for (let round = 0; round < 3; round += 1) await expect(write()).rejects.toThrow();
    await sql`pragma query_only = off`.execute(rig.database.db);
    for (let round = 0; round < 8; round += 1) await write();
    expect(heard).toEqual([
      expect.stringContaining('Trouble: nothing can be stored, so nothing new is found, judged or told. The disk or'),
      expect.stringContaining('Over, what happens is stored again'),
    ]);
  });

  it('is told by the first process that cannot start, and by no other; its end by the one that can', async () => {
    const heard: string[] = [];
    const listener = { id: 'a', deliver: async ({ sentence }: Notice) => (heard.push(sentence), null) };
    const process = async (): Promise<StorageAlert> => {
      const resort = new StorageAlert({ ...rig.deps, notifiers: [listener], note, log: quietLog });
      await resort.begin();
      return resort;
    };
    await (await process()).ends(new WatchError('input', 'second-watch', 'Another runs.'), running);
    for (let start = 0; start < 3; start += 1)
      await (await process()).ends(Object.assign(new Error('full'), { code: 'ENOSPC' }), running);
    const last = await process();
    for (let round = 0; round < 8; round += 1) await last.around(async () => undefined, running);
    const why = 'The disk or the database is full: free some space. (full)';
    expect(heard).toEqual([`Trouble: the service does not run. ${why}`, `Over, what happens is stored again: ${why}`]);
  });

  it('is not told by a process that cannot start where nothing would keep the next from telling it again', async () => {
    const heard: string[] = [];
    const listener = { id: 'a', deliver: async ({ sentence }: Notice) => (heard.push(sentence), null) };
    const write = (): Promise<void> => Promise.reject(new Error('no room'));
    const forgetful = { prepare: async () => undefined, read: async () => '', write };
    const resort = new StorageAlert({ ...rig.deps, notifiers: [listener], note: forgetful, log: quietLog });
    await resort.ends(Object.assign(new Error('full'), { code: 'ENOSPC' }), running);
    expect(heard).toEqual([]);
  });

  it('is not what any other failure is', async () => {
    const heard: string[] = [];
    const listener = { id: 'a', deliver: async ({ sentence }: Notice) => (heard.push(sentence), null) };
    const resort = new StorageAlert({ ...rig.deps, notifiers: [listener], note, log: quietLog });
    for (let round = 0; round < 3; round += 1) {
      await expect(resort.around(() => Promise.reject(new Error('a bug')), running)).rejects.toThrow('a bug');
    }
    expect(heard).toEqual([]);
  });
});
