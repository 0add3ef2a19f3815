import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Evidence } from '../../src/domain/evidence.ts';
import type { ProposalId } from '../../src/domain/ids.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { Database } from '../../src/store/database.ts';
import { createElections } from '../../src/store/elections.ts';
import { electionsSubmitted } from '../../src/store/monthly-report.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { createVerdictSink } from '../../src/store/verdict-writer.ts';
import { clear, databases, ENGINE_START_MS, migrated } from '../support/databases.ts';
import { commit, electionProposal, verdictOf } from '../support/records.ts';

const [september, october] = [Date.UTC(2026, 8), Date.UTC(2026, 9)];

describe.each(databases)('the elections of a month on $kind', ({ empty }) => {
  let database: Database;
  const now = 1_790_000_000_000;
  beforeAll(async () => {
    database = await migrated(empty);
  }, ENGINE_START_MS);
  afterAll(() => database.close());
  beforeEach(() => clear(database));

  const record = (id: string, changes: Partial<Proposal>, history = false) =>
    createElections(database, { network: 'mainnet', notifiers: [] }).record(
      [{ proposal: electionProposal({ id: id as ProposalId, ...changes }), history }],
      now,
    );
  const ofSeptember = () => electionsSubmitted(database.db, september, october);

  it('are those that were submitted in it, by time and then by number, whenever their votes close', async () => {
    const at = (ms: number): Partial<Proposal> => ({ submittedAt: ms / 1000, deadlineAt: ms / 1000 + 345_600 });
    await record('1', at(september - 1000));
    await record('10', at(september));
    await record('9', at(september));
    await record('3', at(october - 1000));
    await record('4', at(october));
    await record('5', { ...at(september + 5000), deadlineAt: null });
    expect((await ofSeptember()).map(({ id }) => id)).toEqual(['9', '10', '5', '3']);
  });

  it('leave other topics out', async () => {
    await record('7', { submittedAt: september / 1000, topic: 4, action: { kind: 'other' } });
    expect(await ofSeptember()).toEqual([]);
  });

  it('come with the verdict that stands, or with none', async () => {
    const proposal = electionProposal({ submittedAt: september / 1000 });
    await record(proposal.id, proposal);
    await record('2', { submittedAt: september / 1000 + 1 }, true);
    const runs = createRunStore(database, () => now, 'mainnet');
    const run = await runs.start({ mode: 'proposal', proposal, proposalId: proposal.id, commit });
    const sink = createVerdictSink(database, () => now, '1.2.3');
    const told = { evidence: new Evidence(), final: true, tell: () => [], notifiers: [] };
    await sink.conclude(run, { ...told, verdict: verdictOf('inconclusive') });
    await sink.conclude(run, { ...told, verdict: verdictOf('mismatch') });
    const [first, second] = await ofSeptember();
    expect(first).toMatchObject({
      id: proposal.id,
      kind: 'elect-guestos',
      commit,
      history: false,
      submittedAtMs: september,
      foundAtMs: now,
      verdict: { outcome: 'mismatch', confirmed: true, final: true, by: 'service', decidedAtMs: now },
    });
    expect(second).toMatchObject({ id: '2', history: true, verdict: null });
  });

  it('are read whatever strangers wrote into them', async () => {
    const title = `a\u0000b\ud800 \u001b[31m=cmd() ${'x'.repeat(5000)}`;
    await record('8', { submittedAt: september / 1000, title, summary: '\u0000'.repeat(100) });
    const [row] = await ofSeptember();
    expect(row?.title).toMatch(/^a b\ufffd =cmd\(\) x+…$/);
    expect(row?.title).toHaveLength(300);
  });
});
