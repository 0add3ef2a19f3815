import { sql, type SqlBool } from 'kysely';
import type { Database } from './database.ts';

/** What is worth another try once a channel may have been mended. */
const ALARMS = ['verdict', 'early-finding'];

/**
 * Makes the newest verdicts that these notifiers refused due again, as long as votes count and nothing later of the same
 * proposal arrived there: whatever comes later carries the verdict. Gives the keys of the notices.
 */
export async function reviveDeliveries(
  { db }: Database,
  notifiers: readonly string[],
  nowMs: number,
): Promise<readonly string[]> {
  if (notifiers.length === 0) return [];
  const refused = db
    .selectFrom('deliveries as refused')
    .innerJoin('notices', 'notices.key', 'refused.notice_key')
    .innerJoin('proposals', 'proposals.id', 'refused.proposal_id')
    .where('refused.state', '=', 'dead')
    .where('refused.notifier', 'in', [...notifiers])
    .where('notices.type', 'in', ALARMS)
    .where('proposals.deadline_at_s', '>', Math.floor(nowMs / 1000))
    .where(
      sql<SqlBool>`not exists (
        select 1 from deliveries later
        where later.notifier = refused.notifier and later.proposal_id = refused.proposal_id
          and later.sequence > refused.sequence
          and (later.state = 'sent'
            or exists (select 1 from notices news where news.key = later.notice_key and news.type = 'verdict')))`,
    )
    .select('refused.id');
  const revived = await db
    .updateTable('deliveries')
    .set({ state: 'pending', due_at_ms: 0, attempt: 0, done_at_ms: null })
    .where('id', 'in', refused)
    .returning('notice_key')
    .execute();
  return [...new Set(revived.map((row) => row.notice_key))].sort();
}
