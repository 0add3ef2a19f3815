import { systemClock } from '../../src/platform/clock.ts';
import { Evidence, evidenceKey, unavailable } from '../../src/domain/evidence.ts';
import type { CommitId } from '../../src/domain/ids.ts';
import { createBlobs } from '../../src/store/blobs.ts';
import { openSqlite } from '../../src/store/database.ts';
import { createCommitLock } from '../../src/store/locks.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { commit, verdictOf } from '../support/records.ts';

/**
 * Another process on the same store, told by its arguments what to do:
 * `migrate FILE`, `write FILE` (says "writing", then stores observations until it is killed), `hold FILE COMMIT LEASE-MS` (says "held", then waits to be killed), `blobs DIRECTORY COUNT`.
 */
const [task, path, third, fourth] = process.argv.slice(2);
if (!task || !path) throw new Error('nothing to do');

if (task === 'migrate') {
  const database = openSqlite(path);
  process.stdout.write(`${JSON.stringify(await migrate(database))}\n`);
  await database.close();
} else if (task === 'write') {
  const runs = createRunStore(openSqlite(path), () => Date.now());
  process.stdout.write('writing\n');
  for (;;) {
    const [run, evidence] = [
      await runs.start({ mode: 'commit', proposal: null, proposalId: null, commit }),
      new Evidence(),
    ];
    for (let n = 0; n < 5; n += 1) {
      const [key, seen] = [evidenceKey.image(`https://x/${n}`), unavailable('absent', 'http-404', 'No.', 'x', n)];
      await runs.observed(run, key, seen);
      evidence.add(key, seen);
      await runs.judged(run, verdictOf('inconclusive'), evidence);
    }
  }
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
