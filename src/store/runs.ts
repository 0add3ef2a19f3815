import { randomUUID } from 'node:crypto';
import { isSameNetwork } from '../domain/network.ts';
import type { RunId, RunStore } from '../domain/ports.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Database, Queries } from './database.ts';
import { appendEvidence } from './evidence.ts';
import { enqueueJob, verifyJob } from './jobs.ts';
import { claimNetwork } from './database-network.ts';
import { saveProposal } from './proposals.ts';
import { enterStage, storeVerdict, unknownRun } from './verdict-writer.ts';

/**
 * Runs, their evidence and their verdicts in the database. `now` gives UTC milliseconds. A proposal's number names
 * something else on another network: a run on one that is not the database's own touches no proposal of it.
 */
export function createRunStore(
  database: Database,
  now: () => number,
  network: string,
  toolVersion: string | null = null,
): RunStore {
  const { db } = database;
  return {
    start: async ({ mode, proposal, proposalId, commit }) => {
      const [id, startedAt] = [randomUUID(), now()];
      await db.transaction().execute(async (trx) => {
        const own = isSameNetwork(await claimNetwork(trx, network), network);
        if (proposal && own) await learn(database, trx, proposal, startedAt);
        const counters = { observations: 0, revision: 0, started_at_ms: startedAt, judged_at_ms: null };
        const what = { mode, proposal_id: own ? proposalId : null, commit_id: commit, network } as const;
        await trx
          .insertInto('runs')
          .values({ id, ...what, stage: 'queued', ...counters })
          .execute();
        await enterStage(trx, id, 'collecting', startedAt);
      });
      return id;
    },
    observed: (run, key, observation) =>
      db.transaction().execute(async (trx) => {
        await appendEvidence(trx, run, await nextSequence(trx, run), key, observation);
      }),
    judged: (run, verdict, evidence, until) => {
      const [decidedAt, goesOn] = [now(), until !== undefined];
      const given = { verdict, evidence, by: 'hand', decidedAt, toolVersion, final: !goesOn, goesOn } as const;
      return db.transaction().execute((trx) => storeVerdict(database, trx, run, { ...given, tell: () => [] }));
    },
  };
}

/** What is understood now and was not when it was found is the service's to verify, also where a run by hand read it. */
async function learn(database: Database, trx: Queries, proposal: Proposal, seenAtMs: number): Promise<void> {
  const { tracked, understood } = await saveProposal(database, trx, proposal, seenAtMs);
  if (tracked === 'watched' && understood) await enqueueJob(database, trx, verifyJob(proposal.id), 0);
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
