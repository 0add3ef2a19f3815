import { WatchError } from '../domain/errors.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Notice } from '../domain/notice.ts';
import type { RunId } from '../domain/ports.ts';
import type { VerdictSink } from '../domain/service-ports.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Database, Queries } from './database.ts';
import { storedSequences } from './evidence.ts';
import { enqueueNotices } from './notices.ts';
import { takeTurn } from './advisory-locks.ts';
import { isStep, type Stage } from '../domain/stage.ts';
import type { StoredVerdict } from '../domain/proposal-history.ts';

/** Verdicts of the service, with the notices that tell them. `now` gives UTC milliseconds. */
export function createVerdictSink(database: Database, now: () => number, toolVersion: string | null): VerdictSink {
  return {
    conclude: (run, { notifiers, ...conclusion }) => {
      const judged = { ...conclusion, by: 'service', decidedAt: now(), toolVersion } as const;
      return database.db.transaction().execute((trx) => storeVerdict(database, trx, run, judged, notifiers));
    },
  };
}

export interface Judged {
  readonly verdict: Verdict;
  readonly evidence: Evidence;
  readonly final: boolean;
  readonly goesOn?: boolean;
  readonly by: 'service' | 'hand';
  /** UTC milliseconds. */
  readonly decidedAt: number;
  readonly toolVersion: string | null;
  readonly tell: (revision: number) => readonly Notice[];
}

/** The next revision with everything that follows from it, within a transaction. Gives the revision. */
export async function storeVerdict(
  database: Database,
  trx: Queries,
  run: RunId,
  judged: Judged,
  notifiers: readonly string[] = [],
): Promise<number> {
  const { evidence, by, decidedAt, final } = judged;
  await takeTurn(database, trx, 'notices');
  const subject = await judgedRun(trx, run, decidedAt);
  const judgedFrom = await storedSequences(trx, run, evidence);
  // A verdict that could not be checked again from what is stored is none.
  if (!judgedFrom) throw new WatchError('bug', 'evidence-not-stored', `run ${run} judged what was not stored`);
  const counted = by === 'service' ? await revisionsOf(trx, subject.proposal_id) : null;
  const next = (counted?.revision ?? subject.revision) + 1;
  const notices = judged.tell(next);
  const news = notices.find(({ type }) => type === 'verdict');
  // What says nothing new is the revision before, judged again, and was told by whatever told that.
  const unchanged = counted !== null && counted.revision > 0 && news === undefined;
  const revision = unchanged ? counted.revision : next;
  const told = news?.key ?? counted?.noticeKey ?? null;
  await appendVerdict(trx, run, { ...judged, revision, judgedFrom, noticeKey: told });
  await trx.updateTable('runs').set({ revision }).where('id', '=', run).execute();
  if (!judged.goesOn) await enterStage(trx, run, final ? 'judged' : 'waiting', decidedAt);
  if (subject.proposal_id !== null) {
    if (counted) await countTo(trx, subject.proposal_id, revision);
    await pointTo(trx, subject.proposal_id, run, revision, by);
  }
  await enqueueNotices(database, trx, notices, notifiers);
  return revision;
}

/** Writing to the run's own row makes writers of one run take turns, on every kind of database. */
async function judgedRun(
  trx: Queries,
  run: RunId,
  decidedAt: number,
): Promise<{ revision: number; proposal_id: string | null }> {
  const row = await trx
    .updateTable('runs')
    .set({ judged_at_ms: decidedAt })
    .where('id', '=', run)
    .returning(['revision', 'proposal_id'])
    .executeTakeFirst();
  return row ?? unknownRun(run);
}

/**
 * The service counts the changes of the verdict over all runs of a proposal: people see the second revision after the
 * first, whatever ran between them. Writing to the proposal’s own row makes its runs take turns.
 */
async function revisionsOf(
  trx: Queries,
  proposal: string | null,
): Promise<{ revision: number; noticeKey: string | null } | null> {
  if (proposal === null) return null;
  const row = await trx
    .updateTable('proposals')
    .set((column) => ({ revisions: column.ref('revisions') }))
    .where('id', '=', proposal)
    .returning(['revisions', 'verdict_by', 'verdict_run_id', 'verdict_revision'])
    .executeTakeFirst();
  if (!row) return null;
  const before = await trx
    .selectFrom('verdicts')
    .select('notice_key')
    .where('run_id', '=', row.verdict_run_id)
    .where('revision', '=', row.verdict_revision)
    .executeTakeFirst();
  return { revision: row.revisions, noticeKey: row.verdict_by === 'service' ? (before?.notice_key ?? null) : null };
}

async function countTo(trx: Queries, proposal: string, revisions: number): Promise<void> {
  await trx.updateTable('proposals').set({ revisions }).where('id', '=', proposal).execute();
}

/** What is shown as the proposal's verdict: the newest of the service; one by hand only where there is none. */
async function pointTo(
  trx: Queries,
  proposal: string,
  run: RunId,
  revision: number,
  by: 'service' | 'hand',
): Promise<void> {
  const newest = trx
    .updateTable('proposals')
    .set({ verdict_by: by, verdict_run_id: run, verdict_revision: revision })
    .where('id', '=', proposal);
  const allowed =
    by === 'service'
      ? newest
      : newest.where((where) => where.or([where('verdict_by', 'is', null), where('verdict_by', '=', 'hand')]));
  await allowed.execute();
}

/** Where runs stand, as it is shown while they go on. */
export function createRunStages(
  { db }: Database,
  now: () => number,
): { readonly entered: (run: RunId, stage: Stage) => Promise<void> } {
  return {
    entered: (run, stage) => db.transaction().execute((trx) => enterStage(trx, run, stage, now())),
  };
}

/**
 * Within a transaction; a stage that the run is in already is not entered again. Throws where there is no such step: a
 * bug, over which nothing is stored.
 */
export async function enterStage(trx: Queries, run: RunId, stage: Stage, at: number): Promise<void> {
  const row = await trx.selectFrom('runs').select('stage').where('id', '=', run).executeTakeFirst();
  if (!row) return unknownRun(run);
  if (row.stage === stage) return;
  if (!isStep(row.stage, stage)) {
    throw new WatchError('bug', 'no-such-step', `run ${run} cannot go from ${row.stage} to ${stage}`);
  }
  await trx.updateTable('runs').set({ stage }).where('id', '=', run).execute();
  const { count } = await trx
    .selectFrom('run_stages')
    .select((from) => from.fn.countAll<number | string>().as('count'))
    .where('run_id', '=', run)
    .executeTakeFirstOrThrow();
  await trx
    .insertInto('run_stages')
    .values({ run_id: run, sequence: Number(count) + 1, stage, at_ms: at })
    .execute();
}

export function unknownRun(run: RunId): never {
  throw new WatchError('bug', 'unknown-run', `there is no run ${run}`);
}

export type { StoredVerdict } from '../domain/proposal-history.ts';

/** A verdict of the same run that says the same takes the place of the one before it. */
export async function appendVerdict(queries: Queries, run: RunId, stored: StoredVerdict): Promise<void> {
  const { verdict, revision, decidedAt, judgedFrom, final, noticeKey, toolVersion } = stored;
  const columns = {
    outcome: verdict.outcome,
    reason: verdict.reason,
    verdict: JSON.stringify(verdict),
    judged_from: JSON.stringify(judgedFrom),
    decided_at_ms: decidedAt,
    final: final ? 1 : 0,
    confirmed: verdict.confirmed === null ? null : Number(verdict.confirmed),
    notice_key: noticeKey,
    tool_version: toolVersion,
  };
  await queries
    .insertInto('verdicts')
    .values({ run_id: run, revision, ...columns })
    .onConflict((conflict) => conflict.columns(['run_id', 'revision']).doUpdateSet(columns))
    .execute();
}

/** All revisions of a run, the first one first. */
export async function verdictsOf(queries: Queries, run: RunId): Promise<readonly StoredVerdict[]> {
  const rows = await queries
    .selectFrom('verdicts')
    .select(['revision', 'verdict', 'decided_at_ms', 'judged_from', 'final', 'notice_key', 'tool_version'])
    .where('run_id', '=', run)
    .orderBy('revision')
    .execute();
  return rows.map((row) => ({
    verdict: JSON.parse(row.verdict) as Verdict,
    revision: row.revision,
    decidedAt: row.decided_at_ms,
    judgedFrom: JSON.parse(row.judged_from) as number[],
    final: row.final === 1,
    noticeKey: row.notice_key,
    toolVersion: row.tool_version,
  }));
}
