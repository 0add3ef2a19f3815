import { sql } from 'kysely';
import type { Component } from '../domain/component.ts';
import type { FileHash, Observation, Observed, TreeFacts } from '../domain/evidence.ts';
import { askedOfBuild, courseOf, type AskedOfBuild } from '../domain/failed-build.ts';
import type { CommitId, ProposalId } from '../domain/ids.ts';
import type { BuildOutcome } from '../domain/ports.ts';
import { buildKeys } from './builds.ts';
import { databaseNow, type Database, type Queries } from './database.ts';
import { enqueueJob, verifyJob } from './jobs.ts';
import { insertDelivery } from './notices.ts';
import { proposalById } from './proposals.ts';
import { takeTurn } from './advisory-locks.ts';

/** What a request to verify again met: a new job, one that waited and is now due, or one that somebody works on. */
export type Requeued = 'enqueued' | 'hurried' | 'running';

/**
 * `rebuild`: what was built of its commit before is not used again; where not so, only what failed is not. Its tries
 * begin anew.
 */
export async function requeue(database: Database, id: ProposalId, rebuild: boolean): Promise<Requeued> {
  return database.db.transaction().execute(async (trx) => {
    await takeTurn(database, trx, 'jobs');
    const asked = await enqueueAgain(database, trx, id);
    if (asked !== 'running') await forgetBuilds(trx, id, rebuild);
    return asked;
  });
}

async function enqueueAgain(database: Database, trx: Queries, id: ProposalId): Promise<Requeued> {
  const waiting = await trx
    .updateTable('jobs')
    .set({ not_before_ms: 0 })
    .where('kind', '=', 'verify')
    .where('key', '=', id)
    .where('state', '=', 'queued')
    .returning('id')
    .executeTakeFirst();
  if (waiting) return 'hurried';
  const held = await trx
    .selectFrom('jobs')
    .select('id')
    .where('kind', '=', 'verify')
    .where('key', '=', id)
    .where('state', '=', 'held')
    .executeTakeFirst();
  if (held) return 'running';
  await enqueueJob(database, trx, verifyJob(id), 0);
  return 'enqueued';
}

/** The evidence that verdicts were judged from stays; only who asks for a build does not find these any more. */
async function forgetBuilds(trx: Queries, id: ProposalId, good: boolean): Promise<void> {
  const proposal = await proposalById(trx, id);
  if (!proposal || !('version' in proposal.action)) return;
  const { commit } = proposal.action.version;
  const asked = askedOfBuild(proposal, await treeOf(trx, commit));
  const ended = await trx
    .selectFrom('jobs')
    .select(['id', 'result'])
    .where('kind', '=', 'build')
    .where('key', 'in', buildKeys(commit))
    .where('state', '=', 'finished')
    .execute();
  const forgotten = ended.filter(({ result }) => good || !gaveFiles(result, asked)).map((row) => row.id);
  if (forgotten.length > 0) await trx.deleteFrom('jobs').where('id', 'in', forgotten).execute();
}

/** What the source said of itself when it was read last; null: it never was. */
async function treeOf(trx: Queries, commit: CommitId): Promise<TreeFacts | null> {
  const row = await trx
    .selectFrom('evidence')
    .select('observation')
    .where('kind', '=', 'tree')
    .where('subject', '=', commit)
    .where('status', '=', 'observed')
    .orderBy('observed_at_ms', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row ? (JSON.parse(row.observation) as Observed<TreeFacts>).value : null;
}

/** A result that another process wrote: what cannot be read gave nothing. */
function gaveFiles(result: string | null, asked: AskedOfBuild): boolean {
  try {
    const { build, images, measurements } = JSON.parse(result ?? 'null') as WrittenOutcome;
    return courseOf({ build, images: new Map(images), measurements }, asked) === 'gave';
  } catch {
    return false;
  }
}

interface WrittenOutcome {
  readonly build: BuildOutcome['build'];
  readonly images: readonly (readonly [Component, Observation<FileHash>])[];
  readonly measurements: BuildOutcome['measurements'];
}

/**
 * Sends the newest verdict of a proposal again (the newest notice where there is no verdict), also to a notifier that
 * never got it. Gives the notifiers that it is on its way to.
 */
export async function redeliver(
  database: Database,
  id: ProposalId,
  notifier: string | null,
): Promise<readonly string[]> {
  return database.db.transaction().execute(async (trx) => {
    await takeTurn(database, trx, 'notices');
    const notice = await newestNotice(trx, id);
    if (!notice) return [];
    const again = await trx
      .updateTable('deliveries')
      .set({ state: 'pending', due_at_ms: 0, attempt: 0, why: null, done_at_ms: null })
      .where('notice_key', '=', notice.key)
      .$if(notifier !== null, (query) => query.where('notifier', '=', notifier))
      .returning('notifier')
      .execute();
    if (again.length > 0) return again.map((row) => row.notifier).sort();
    if (notifier === null) return [];
    const told = { key: notice.key, proposal: { id } };
    await insertDelivery(trx, told, notifier, notice.sequence, databaseNow(database));
    return [notifier];
  });
}

function newestNotice(trx: Queries, id: ProposalId): Promise<{ key: string; sequence: number } | undefined> {
  return trx
    .selectFrom('notices')
    .select(['key', 'sequence'])
    .where('proposal_id', '=', id)
    .orderBy(sql`case when type = 'verdict' then 0 when type = 'progress' then 2 else 1 end`)
    .orderBy('sequence', 'desc')
    .limit(1)
    .executeTakeFirst();
}

/** Every notifier that was ever to tell something. */
export async function knownNotifiers({ db }: Database): Promise<readonly string[]> {
  const rows = await db.selectFrom('deliveries').select('notifier').distinct().orderBy('notifier').execute();
  return rows.map(({ notifier }) => notifier);
}

/** Until when news about a proposal ping nobody; null: they do again. */
export async function mute({ db }: Database, id: ProposalId, untilMs: number | null): Promise<void> {
  if (untilMs === null) {
    await db.deleteFrom('mutes').where('proposal_id', '=', id).execute();
    return;
  }
  await db
    .insertInto('mutes')
    .values({ proposal_id: id, until_ms: untilMs })
    .onConflict((conflict) => conflict.column('proposal_id').doUpdateSet({ until_ms: untilMs }))
    .execute();
}
