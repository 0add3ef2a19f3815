import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Evidence, evidenceKey, unavailable, type EvidenceKey, type Observation } from '../../src/domain/evidence.ts';
import type { CommitId } from '../../src/domain/ids.ts';
import type { RunId, RunStore } from '../../src/domain/ports.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { databases, ENGINE_START_MS, migrated } from '../support/databases.ts';
import { memoryRuns } from '../support/memory-runs.ts';
import { commit, electionProposal, verdictOf } from '../support/records.ts';

const stores = [
  ...databases.map(({ kind, empty }) => ({
    what: `on ${kind}`,
    open: async () => {
      const database = await migrated(empty);
      return { runs: createRunStore(database, () => 1_700_000_000_000, 'mainnet'), close: database.close };
    },
  })),
  { what: 'in memory', open: async () => ({ runs: memoryRuns() as RunStore, close: async () => undefined }) },
];

describe.each(stores)('a run store $what', ({ open }) => {
  let runs: RunStore;
  let close: () => Promise<void>;
  beforeAll(async () => ({ runs, close } = await open()), ENGINE_START_MS);
  afterAll(() => close());

  const start = (): Promise<RunId> => runs.start({ mode: 'commit', proposal: null, proposalId: null, commit });
  const url = 'https://download.example/ic/x/SHA256SUMS';
  const gone = (at: number, detail = 'Not there.'): Observation<never> =>
    unavailable('absent', 'http-404', detail, url, at);

  /** Stores and then adds, as a run does. */
  async function observe(run: RunId, evidence: Evidence, key: EvidenceKey, seen: Observation<never>): Promise<void> {
    await runs.observed(run, key, seen);
    evidence.add(key, seen);
  }

  it('names every run differently', async () => {
    const proposal = electionProposal();
    const named = await Promise.all([
      start(),
      start(),
      runs.start({ mode: 'proposal', proposal, proposalId: proposal.id, commit }),
      runs.start({ mode: 'proposal', proposal: null, proposalId: proposal.id, commit: null }),
    ]);
    expect(new Set(named).size).toBe(4);
  });

  it('counts the revisions of each run from one, each with the evidence so far', async () => {
    const [run, other, evidence] = [await start(), await start(), new Evidence()];
    await observe(run, evidence, evidenceKey.sums(url), gone(1));
    expect(await runs.judged(run, verdictOf('inconclusive'), evidence)).toBe(1);
    await observe(run, evidence, evidenceKey.image(url), gone(2));
    expect(await runs.judged(run, verdictOf('mismatch'), evidence)).toBe(2);
    expect(await runs.judged(other, verdictOf('inconclusive'), new Evidence())).toBe(1);
  });

  it('takes a second look at one thing, and many at a time', async () => {
    const [run, evidence] = [await start(), new Evidence()];
    await Promise.all([3, 4, 5].map((at) => observe(run, evidence, evidenceKey.sums(url), gone(at))));
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => observe(run, evidence, evidenceKey.image(`${url}/${n}`), gone(n))),
    );
    expect(await runs.judged(run, verdictOf('inconclusive'), evidence)).toBe(1);
  });

  it('refuses a verdict over evidence that was not stored, or was stored otherwise', async () => {
    const [run, evidence] = [await start(), new Evidence()];
    evidence.add(evidenceKey.sums(url), gone(1));
    await expect(runs.judged(run, verdictOf('verified'), evidence)).rejects.toThrow();
    await runs.observed(run, evidenceKey.sums(url), gone(2));
    await expect(runs.judged(run, verdictOf('verified'), evidence)).rejects.toThrow();
    await runs.observed(run, evidenceKey.sums(url), gone(1));
    expect(await runs.judged(run, verdictOf('verified'), evidence)).toBe(1);
  });

  it('does not take the evidence of another run for its own', async () => {
    const [run, other, evidence] = [await start(), await start(), new Evidence()];
    await observe(other, evidence, evidenceKey.sums(url), gone(1));
    await expect(runs.judged(run, verdictOf('verified'), evidence)).rejects.toThrow();
  });

  it('refuses a run that was never started', async () => {
    await expect(runs.observed('nobody', evidenceKey.sums(url), gone(1))).rejects.toThrow(/run nobody/);
    await expect(runs.judged('nobody', verdictOf('inconclusive'), new Evidence())).rejects.toThrow(/run nobody/);
  });

  it('keeps any text that strangers send', async () => {
    const [run, evidence] = [await start(), new Evidence()];
    const hostile = `'; drop table runs; -- \0\n\u202e\ud800 " \\ ${'x'.repeat(100_000)} 🦀`;
    await observe(run, evidence, evidenceKey.tree(hostile as CommitId), gone(1, hostile));
    const verdict = { ...verdictOf('inconclusive'), headline: hostile };
    expect(await runs.judged(run, verdict, evidence)).toBe(1);
  });
});
