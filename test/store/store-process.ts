import { systemClock } from '../../src/platform/clock.ts';
import type { CommitId } from '../../src/domain/ids.ts';
import { createBlobs } from '../../src/store/blobs.ts';
import { openSqlite } from '../../src/store/database.ts';
import { createCommitLock } from '../../src/store/locks.ts';
import { migrate } from '../../src/store/migrate.ts';

/**
 * Another process on the same store, told by its arguments what to do:
 * `migrate FILE`, `hold FILE COMMIT LEASE-MS` (says "held", then waits to be killed), `blobs DIRECTORY COUNT`.
 */
const [task, path, third, fourth] = process.argv.slice(2);
if (!task || !path) throw new Error('nothing to do');

if (task === 'migrate') {
  const database = openSqlite(path);
  process.stdout.write(`${JSON.stringify(await migrate(database))}\n`);
  await database.close();
} else if (task === 'hold') {
  const lock = createCommitLock(openSqlite(path), { clock: systemClock, leaseMs: Number(fourth) });
  await lock.acquire(third as CommitId, new AbortController().signal);
  process.stdout.write('held\n');
} else if (task === 'blobs') {
  const blobs = createBlobs(path);
  for (let n = 0; n < Number(third); n += 1) await blobs.put(Buffer.alloc(100_000, n));
} else {
  throw new Error(`no such task: ${task}`);
}
