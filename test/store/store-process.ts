import { once } from 'node:events';
import SqliteFile from 'better-sqlite3';
import { systemClock } from '../../src/platform/clock.ts';
import { Evidence, evidenceKey, unavailable } from '../../src/domain/evidence.ts';
import type { CommitId } from '../../src/domain/ids.ts';
import { createBlobs } from '../../src/store/blobs.ts';
import { openSqlite, type Database } from '../../src/store/database.ts';
import { createCommitLock } from '../../src/store/leases.ts';
import { migrate } from '../../src/store/migrate.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { openStore } from '../support/databases.ts';
import { commit, verdictOf } from '../support/records.ts';
import { countUnderLock, deliver, everything, work, workBadly } from './tasks.ts';

/**
 * Another process on the same store, told by its arguments what to do. Where it names an ADDRESS, see `openStore`:
 * `migrate ADDRESS`, `write FILE` (says "writing", then stores observations until it is killed), `hold ADDRESS COMMIT
 * LEASE-MS` (says "held", then "lost" where it is, and waits to be killed), `lock FILE` (keeps all others from writing until it is killed), `blobs DIRECTORY COUNT`, and the tasks of tasks.ts as `TASK ADDRESS
 * WORKER [ARGUMENT]`, which say "ready" and begin at a line from us.
 */
const [task, path, third, fourth] = process.argv.slice(2);
if (!task || !path) throw new Error('nothing to do');

const TASKS: Record<string, (database: Database, worker: string, argument: string) => Promise<unknown>> = {
  migrate: (database) => migrate(database),
  verify: (database, worker) => work(database, worker, 'verify'),
  build: (database, worker) => work(database, worker, 'build'),
  'work-badly': workBadly,
  count: (database, worker, rounds) => countUnderLock(database, worker, Number(rounds)),
  deliver,
  everything: (database, worker, rounds) => everything(database, worker, Number(rounds)),
};

const known = TASKS[task];
if (known) {
  const database = openStore(path);
  process.stdout.write('ready\n');
  await once(process.stdin, 'data');
  process.stdin.destroy();
  process.stdout.write(`${JSON.stringify((await known(database, third ?? '', fourth ?? '')) ?? null)}\n`);
  await database.close();
} else if (task === 'write') {
  const runs = createRunStore(openSqlite(path), () => Date.now(), 'mainnet');
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
  const lock = createCommitLock(openStore(path), { clock: systemClock, leaseMs: Number(fourth) });
  const turn = await lock.acquire(third as CommitId, new AbortController().signal);
  turn?.lost?.addEventListener('abort', () => process.stdout.write('lost\n'));
  process.stdout.write('held\n');
} else if (task === 'lock') {
  const connection = new SqliteFile(path).exec('begin immediate');
  process.stdout.write('locked\n');
  // Whatever nobody refers to is closed once there is garbage to collect.
  process.stdin.resume().once('end', () => connection.close());
} else if (task === 'blobs') {
  const blobs = createBlobs(path);
  for (let n = 0; n < Number(third); n += 1) await blobs.put(Buffer.alloc(100_000, n));
} else {
  throw new Error(`no such task: ${task}`);
}
