import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Evidence } from '../../src/domain/evidence.ts';
import type { RunId } from '../../src/domain/ports.ts';
import type { Database } from '../../src/store/database.ts';
import { createRunStages, createVerdictSink } from '../../src/store/verdict-writer.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { clear, databases, ENGINE_START_MS, migrated } from '../support/databases.ts';
import { commit, electionProposal, verdictOf } from '../support/records.ts';

describe.each(databases)('the stages of a run on $kind', ({ empty }) => {
  let database: Database;
  let now = 100;
  beforeAll(async () => {
    database = { ...(await migrated(empty)), clock: () => now };
  }, ENGINE_START_MS);
  afterAll(() => database.close());
  beforeEach(async () => {
    now = 100;
    await clear(database);
  });

  const start = (): Promise<RunId> => {
    const proposal = electionProposal();
    const runs = createRunStore(database, () => now, 'mainnet');
    return runs.start({ mode: 'proposal', proposal, proposalId: proposal.id, commit });
  };
  const conclude = (run: RunId, final: boolean, goesOn = false): Promise<number> => {
    const conclusion = { verdict: verdictOf('inconclusive'), evidence: new Evidence(), final, goesOn };
    const sink = createVerdictSink(database, () => now, '1.2.3');
    return sink.conclude(run, { ...conclusion, tell: () => [], notifiers: [] });
  };

  it('records the stages of a run with their times', async () => {
    now = 100;
    const run = await start();
    const stages = createRunStages(database, () => now);
    now = 200;
    await stages.entered(run, 'building');
    now = 250;
    await stages.entered(run, 'building');
    await stages.entered(run, 'judging');
    await conclude(run, false);
    const rows = await database.db.selectFrom('run_stages').select(['stage', 'at_ms']).orderBy('sequence').execute();
    expect(rows).toEqual([
      { stage: 'collecting', at_ms: 100 },
      { stage: 'building', at_ms: 200 },
      { stage: 'judging', at_ms: 250 },
      { stage: 'waiting', at_ms: 250 },
    ]);
  });

  it('leaves the stage of a run that goes on as it is, and takes no step that there is none for', async () => {
    const run = await start();
    const stages = createRunStages(database, () => now);
    await stages.entered(run, 'building');
    await conclude(run, false, true);
    await expect(conclude(run, true)).rejects.toMatchObject({ kind: 'bug', code: 'no-such-step' });
    await expect(stages.entered(run, 'collecting')).rejects.toMatchObject({ code: 'no-such-step' });
    await stages.entered(run, 'judging');
    await conclude(run, true);
    await expect(stages.entered(run, 'judging')).rejects.toMatchObject({ code: 'no-such-step' });
    const rows = await database.db.selectFrom('run_stages').select('stage').orderBy('sequence').execute();
    expect(rows.map(({ stage }) => stage)).toEqual(['collecting', 'building', 'judging', 'judged']);
  });
});
