import { randomUUID } from 'node:crypto';
import { WatchError } from '../domain/errors.ts';
import type { RunId, RunStore } from '../domain/ports.ts';
import type { Database, Queries } from './database.ts';
import { appendEvidence, storedSequences } from './evidence.ts';
import { saveProposal } from './proposals.ts';
import { appendVerdict } from './verdicts.ts';

/** Runs, their evidence and their verdicts in the database. `now` gives UTC milliseconds. */
export function createRunStore({ db }: Database, now: () => number): RunStore {
  return {
    start: async ({ mode, proposal, proposalId, commit }) => {
      const [id, startedAt] = [randomUUID(), now()];
      await db.transaction().execute(async (trx) => {
        if (proposal) await saveProposal(trx, proposal, startedAt);
        await trx
          .insertInto('runs')
          .values({
            id,
            mode,
            proposal_id: proposalId,
            commit_id: commit,
            stage: 'collecting',
            observations: 0,
            revision: 0,
            started_at_ms: startedAt,
            judged_at_ms: null,
          })
          .execute();
      });
      return id;
    },
    observed: (run, key, observation) =>
      db.transaction().execute(async (trx) => {
        await appendEvidence(trx, run, await nextSequence(trx, run), key, observation);
      }),
    judged: (run, verdict, evidence) => {
      const decidedAt = now();
      return db.transaction().execute(async (trx) => {
        const revision = await nextRevision(trx, run, decidedAt);
        const judgedFrom = await storedSequences(trx, run, evidence);
        // A verdict that could not be checked again from what is stored is none.
        if (!judgedFrom) throw new WatchError('bug', 'evidence-not-stored', `run ${run} judged what was not stored`);
        await appendVerdict(trx, run, { verdict, revision, decidedAt, judgedFrom });
        return revision;
      });
    },
  };
}

/** Counting in the run's own row makes writers of one run take turns, on every kind of database. */
async function nextSequence(trx: Queries, run: RunId): Promise<number> {
  const row = await trx
    .updateTable('runs')
    .set((column) => ({ observations: column('observations', '+', 1) }))
    .where('id', '=', run)
    .returning('observations')
    .executeTakeFirst();
  return row?.observations ?? unknownRun(run);
}

async function nextRevision(trx: Queries, run: RunId, judgedAt: number): Promise<number> {
  const row = await trx
    .updateTable('runs')
    .set((column) => ({ revision: column('revision', '+', 1), stage: 'judged', judged_at_ms: judgedAt }))
    .where('id', '=', run)
    .returning('revision')
    .executeTakeFirst();
  return row?.revision ?? unknownRun(run);
}

function unknownRun(run: RunId): never {
  throw new WatchError('bug', 'unknown-run', `there is no run ${run}`);
}
