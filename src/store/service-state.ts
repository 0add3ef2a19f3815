import type { Running } from '../domain/overview.ts';
import { databaseNow, type Database } from './database.ts';

export type { HeldJob, Running } from '../domain/overview.ts';

export async function running(database: Database): Promise<Running> {
  const [leases, jobs, deliveries] = await Promise.all([heldLeases(database), work(database), mail(database)]);
  return { leases, ...jobs, deliveries };
}

async function heldLeases(database: Database): Promise<readonly string[]> {
  const rows = await database.db
    .selectFrom('locks')
    .select('name')
    .where('expires_at_ms', '>', databaseNow(database))
    .orderBy('name')
    .execute();
  return rows.map(({ name }) => name);
}

async function work(database: Database): Promise<Pick<Running, 'queue' | 'held'>> {
  const rows = await database.db
    .selectFrom('jobs')
    .select(['kind', 'key', 'state', 'worker', 'attempt', 'claimed_at_ms', 'progress'])
    .select((column) => column('lease_until_ms', '>', databaseNow(database)).as('live'))
    .where('state', '<>', 'finished')
    .orderBy('sequence')
    .execute();
  // Work whose holder is gone waits to be rescued.
  const held = rows.filter(({ state, live }) => state === 'held' && Boolean(live));
  const queue = (['verify', 'build'] as const).map((kind) => {
    const mine = held.filter((row) => row.kind === kind).length;
    return { kind, held: mine, waiting: rows.filter((row) => row.kind === kind).length - mine };
  });
  return {
    queue,
    held: held.map(({ kind, key, worker, attempt, claimed_at_ms: sinceMs, progress }) => ({
      kind,
      key,
      worker: worker ?? '',
      attempt,
      sinceMs: sinceMs ?? 0,
      progress: progress === null ? null : (JSON.parse(progress) as unknown),
    })),
  };
}

async function mail({ db }: Database): Promise<Running['deliveries']> {
  const rows = await db
    .selectFrom('deliveries')
    .select(['notifier', 'state'])
    .select((column) => [column.fn.countAll<number | string>().as('count'), column.fn.max('done_at_ms').as('doneAtMs')])
    .groupBy(['notifier', 'state'])
    .orderBy('notifier')
    .execute();
  const count = (notifier: string, state: string): number =>
    Number(rows.find((row) => row.notifier === notifier && row.state === state)?.count ?? 0);
  return [...new Set(rows.map(({ notifier }) => notifier))].map((notifier) => ({
    notifier,
    waiting: count(notifier, 'pending') + count(notifier, 'retry'),
    failing: count(notifier, 'retry'),
    dead: count(notifier, 'dead'),
    sentAtMs: rows.find((row) => row.notifier === notifier && row.state === 'sent')?.doneAtMs ?? null,
  }));
}
