import { randomUUID } from 'node:crypto';
import { sql, type RawBuilder } from 'kysely';
import type { Notice } from '../domain/notice.ts';
import { databaseNow, type Database, type Queries } from './database.ts';
import { takeTurn } from './advisory-locks.ts';

/**
 * Within the transaction that stores what the notices tell: one delivery per notice and notifier. A notice whose key was
 * enqueued before changes nothing.
 */
export async function enqueueNotices(
  database: Database,
  trx: Queries,
  notices: readonly Notice[],
  notifiers: readonly string[],
): Promise<void> {
  if (notices.length === 0) return;
  await takeTurn(database, trx, 'notices');
  const now = databaseNow(database);
  for (const notice of notices) {
    const sequence = await insertNotice(trx, notice);
    if (sequence === null) continue;
    for (const notifier of notifiers) await insertDelivery(trx, notice, notifier, sequence, now);
    if (notice.type === 'progress') await forgetOlderProgress(trx, notice);
  }
}

async function insertNotice(trx: Queries, notice: Notice): Promise<number | null> {
  const row = await trx
    .insertInto('notices')
    .values((from) => ({
      key: notice.key,
      type: notice.type,
      proposal_id: notice.proposal?.id ?? null,
      sequence: from.selectFrom('notices').select(sql<number>`coalesce(max(sequence), 0) + 1`.as('next')),
      at_s: notice.at,
      sentence: toText(notice.sentence),
      notice: JSON.stringify(notice),
    }))
    .onConflict((conflict) => conflict.doNothing())
    .returning('sequence')
    .executeTakeFirst();
  return row?.sequence ?? null;
}

/** PostgreSQL takes every character but NUL, and only whole ones. */
function toText(sentence: string): string {
  return sentence.replaceAll('\0', ' ').toWellFormed();
}

export async function insertDelivery(
  trx: Queries,
  notice: { readonly key: string; readonly proposal: { readonly id: string } | null },
  notifier: string,
  sequence: number,
  now: RawBuilder<number>,
): Promise<void> {
  await trx
    .insertInto('deliveries')
    .values({
      id: randomUUID(),
      notice_key: notice.key,
      notifier,
      proposal_id: notice.proposal?.id ?? null,
      sequence,
      state: 'pending',
      attempt: 0,
      due_at_ms: 0,
      enqueued_at_ms: now,
    })
    .execute();
}

/** Progress comes every minute and says nothing later: what was told of it, or was overtaken and given up, goes. */
async function forgetOlderProgress(trx: Queries, { key, proposal }: Notice): Promise<void> {
  const older = trx
    .selectFrom('notices')
    .select('key')
    .where('type', '=', 'progress')
    .where('key', '<>', key)
    .where('proposal_id', proposal ? '=' : 'is', proposal?.id ?? null)
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('deliveries')
            .select('id')
            .whereRef('notice_key', '=', 'notices.key')
            .where('state', 'in', ['pending', 'retry']),
        ),
      ),
    );
  const keys = (await older.execute()).map((row) => row.key);
  if (keys.length === 0) return;
  await trx.deleteFrom('deliveries').where('notice_key', 'in', keys).execute();
  await trx.deleteFrom('notices').where('key', 'in', keys).execute();
}
