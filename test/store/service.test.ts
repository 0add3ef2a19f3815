import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Evidence, evidenceKey, type Observation } from '../../src/domain/evidence.ts';
import type { BuildReport } from '../../src/domain/evidence.ts';
import type { ProposalId } from '../../src/domain/ids.ts';
import type { Notice } from '../../src/domain/notice.ts';
import type { RunId, RunStore } from '../../src/domain/ports.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { ElectionStates, Elections, Outbox, VerdictSink, WorkQueue } from '../../src/domain/service-ports.ts';
import type { Database } from '../../src/store/database.ts';
import { createElectionStates } from '../../src/store/open-elections.ts';
import { createElections } from '../../src/store/elections.ts';
import { createHealth, createIncidentStore } from '../../src/store/health.ts';
import { createWorkQueue } from '../../src/store/jobs.ts';
import { createOutbox } from '../../src/store/outbox.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { createVerdictSink } from '../../src/store/verdict-writer.ts';
import { clear, databases, ENGINE_START_MS, migrated } from '../support/databases.ts';
import { commit, electionProposal, noticeOf, verdictOf } from '../support/records.ts';

const id = electionProposal().id;
const ended: Partial<Proposal> = { status: 'executed', decidedAt: 5, executedAt: 6, rewardStatus: 'settled' };

describe.each(databases)('the service on $kind', ({ empty }) => {
  let database: Database;
  let now = 1_000_000;
  let runs: RunStore;
  let sink: VerdictSink;
  let elections: Elections;
  let states: ElectionStates;
  let queue: WorkQueue;
  let outbox: Outbox;
  beforeAll(async () => {
    database = { ...(await migrated(empty)), clock: () => now };
    runs = createRunStore(database, () => now, 'mainnet');
    sink = createVerdictSink(database, () => now, '1.2.3');
    elections = createElections(database, { network: 'mainnet', notifiers: [] });
    states = createElectionStates(database);
    queue = createWorkQueue(database);
    outbox = createOutbox(database);
  }, ENGINE_START_MS);
  afterAll(() => database.close());
  beforeEach(async () => {
    now = 1_000_000;
    await clear(database);
  });

  const start = (proposal: Proposal | null = electionProposal()): Promise<RunId> =>
    runs.start({ mode: proposal ? 'proposal' : 'commit', proposal, proposalId: proposal?.id ?? null, commit });
  const record = (changes: Partial<Proposal> = {}, history = false) =>
    elections.record([{ proposal: electionProposal(changes), history }], now);
  const conclude = (
    run: RunId,
    outcome: 'verified' | 'mismatch' | 'inconclusive',
    final: boolean,
    tell: (revision: number) => readonly Notice[] = () => [],
    goesOn = false,
  ) => {
    const conclusion = { verdict: verdictOf(outcome), evidence: new Evidence(), final, goesOn, tell };
    return sink.conclude(run, { ...conclusion, notifiers: ['discord'] });
  };
  const told = (revision: number): Notice => noticeOf(`verdict ${revision}`, { type: 'verdict' });

  it('does what a clock that was a year ahead put off', async () => {
    const ahead = now + 365 * 86_400_000;
    await elections.record([{ proposal: electionProposal(), history: false }], ahead);
    await outbox.enqueue([noticeOf('news')], ['discord']);
    const job = await queue.claim('verify', 'one', 1000);
    expect(await queue.postpone(job!.id, 'one', ahead, 'an outage')).toBe(true);
    await outbox.retry((await outbox.next('discord', now))!.id, ahead, 'an outage');
    expect((await queue.claim('verify', 'two', 1000))?.key).toBe(id);
    expect((await outbox.next('discord', now))?.notice.key).toBe('news');
    await record({ deadlineAt: 1_789_400_000 });
    expect((await states.one(id))?.proposal.deadlineAt).toBe(1_789_400_000);
  });

  it('counts the verdicts of a proposal over all its runs, and tells each in the same transaction', async () => {
    await record();
    const first = await start();
    expect(await conclude(first, 'inconclusive', false, (n) => [told(n)], true)).toBe(1);
    expect(await conclude(first, 'mismatch', true, (n) => [told(n)])).toBe(2);
    expect(await conclude(await start(), 'verified', true, (n) => [told(n)])).toBe(3);
    expect(await outbox.told(['verdict 1', 'verdict 2', 'verdict 3'])).toHaveProperty('size', 3);
    expect((await outbox.next('discord', 0))?.notice.key).toBe('verdict 1');
    expect((await states.one(id))?.verdict).toMatchObject({
      verdict: { outcome: 'verified' },
      final: true,
      decidedAtMs: now,
      notice: { key: 'verdict 3' },
    });
  });

  it('stores neither a verdict nor its notices where one of the two cannot be', async () => {
    await record();
    const run = await start();
    const fails = (): Notice[] => {
      throw new Error('cannot be told');
    };
    await expect(conclude(run, 'verified', true, fails)).rejects.toThrow('cannot be told');
    const unstored = new Evidence();
    unstored.add(evidenceKey.sums('https://x'), { status: 'observed', value: {}, source: '', observedAt: 1 } as never);
    const conclusion = { verdict: verdictOf('verified'), final: true, tell: () => [told(1)], notifiers: ['discord'] };
    await expect(sink.conclude(run, { ...conclusion, evidence: unstored })).rejects.toMatchObject({
      code: 'evidence-not-stored',
    });
    expect(await outbox.told(['verdict 1'])).toEqual(new Set());
    expect((await states.one(id))?.verdict).toBeNull();
    expect(await conclude(run, 'verified', true)).toBe(1);
  });

  it('shows the notice of the revision before where a revision told nothing new', async () => {
    await record();
    const run = await start();
    await conclude(run, 'inconclusive', false, (n) => [told(n)]);
    await conclude(run, 'inconclusive', false);
    expect((await states.one(id))?.verdict).toMatchObject({ final: false, notice: { key: 'verdict 1' } });
  });

  it('counts the changes of the verdict, not the runs', async () => {
    await record();
    const news = (n: number): Notice[] => [told(n)];
    const first = await start();
    expect(await conclude(first, 'inconclusive', false, news)).toBe(1);
    expect(await conclude(first, 'inconclusive', false)).toBe(1);
    expect(await conclude(await start(), 'inconclusive', false)).toBe(1);
    expect(await conclude(await start(), 'verified', true, news)).toBe(2);
    expect((await states.one(id))?.verdict).toMatchObject({ verdict: { outcome: 'verified' }, final: true });
  });

  it('does not take the verdict of a run by hand for its own', async () => {
    await record();
    expect(await runs.judged(await start(), verdictOf('verified'), new Evidence())).toBe(1);
    expect((await states.one(id))?.verdict).toBeNull();
    expect(await conclude(await start(), 'mismatch', true)).toBe(1);
    await runs.judged(await start(), verdictOf('verified'), new Evidence());
    expect((await states.one(id))?.verdict).toMatchObject({ verdict: { outcome: 'mismatch' } });
  });

  it('sees an election until its work is done and its end was told', async () => {
    const ids = async (): Promise<readonly ProposalId[]> =>
      (await states.unfinished()).map(({ proposal }) => proposal.id);
    await record();
    await record({ ...ended, id: '7' as ProposalId }, true);
    expect(await ids()).toEqual([id]);
    const job = await queue.claim('verify', 'a', 1000);
    await queue.heartbeat(job!.id, 'a', 1000, { percent: 40 });
    expect((await states.one(id))?.job).toEqual({
      state: 'held',
      dueAtMs: 0,
      attempt: 1,
      why: null,
      progress: { percent: 40 },
    });
    await record(ended);
    await queue.finish(job!.id, 'a', null);
    expect(await ids()).toEqual([id]);
    await outbox.enqueue([noticeOf('closed', { type: 'closed' })], []);
    expect(await ids()).toEqual([id]);
    await outbox.enqueue([noticeOf('outcome', { type: 'outcome' })], []);
    expect(await ids()).toEqual([]);
    await queue.enqueue({ kind: 'verify', key: id, input: null }, now + 5000);
    expect((await states.unfinished())[0]?.job).toMatchObject({ state: 'queued', dueAtMs: now + 5000 });
    expect(await states.one('8' as ProposalId)).toBeNull();
  });

  it('begins the story of an election that somebody verified by hand before', async () => {
    await start(electionProposal({ tally: { yes: '9', no: '0', total: '10' } }));
    expect((await elections.known()).unfinished).toEqual([]);
    expect(await record()).toEqual({ refused: [id] });
    expect((await elections.known()).unfinished).toEqual([id]);
    expect(await queue.look('verify', id)).toMatchObject({ state: 'queued' });
  });

  it('verifies again what a run by hand could read for the first time', async () => {
    await record({ action: { kind: 'undecodable', code: 'garbage', sentence: 'No.' } });
    const job = await queue.claim('verify', 'one', 60_000);
    await queue.finish(job!.id, 'one', null);
    await start();
    expect(await queue.look('verify', id)).toMatchObject({ state: 'queued' });
  });

  it('remembers how long runs took that built something themselves', async () => {
    const report: BuildReport = {
      exitCode: 0,
      signal: null,
      seconds: 5,
      logBytes: 1,
      logTruncated: false,
      leftBehind: 0,
      treeDirty: false,
      builder: 'here',
    };
    const builtAt = async (startedAt: number, observedAt: number, judgedAt: number): Promise<void> => {
      now = startedAt;
      const run = await start(null);
      const seen: Observation<BuildReport> = { status: 'observed', value: report, source: 'build', observedAt };
      await runs.observed(run, evidenceKey.build(commit, 1), seen);
      now = judgedAt;
      await runs.judged(run, verdictOf('verified'), new Evidence());
    };
    expect(await states.pastRuns()).toEqual([]);
    await builtAt(1_000_000, 1_050_000, 1_060_000);
    await builtAt(2_000_000, 1_050_000, 2_001_000);
    await builtAt(3_000_000, 3_020_000, 3_030_000);
    // Until the build was over: what others' servers made of the rest is no measure of this machine.
    expect(await states.pastRuns()).toEqual([20, 50]);
  });

  it('keeps the latest good end and the latest failure of each loop', async () => {
    const health = createHealth(database);
    await health.ended('discover', 100, null);
    await health.ended('discover', 200, { code: 'http-503', message: 'Busy.' });
    await health.ended('clock', 150, null);
    await health.probe();
    const lastFailure = { atMs: 200, code: 'http-503', message: 'Busy.' };
    expect(await health.loops()).toEqual([
      { loop: 'clock', begunMs: null, lastOkMs: 150, lastFailure: null },
      { loop: 'discover', begunMs: null, lastOkMs: 100, lastFailure },
    ]);
    await health.ended('discover', 300, null);
    expect((await health.loops())[1]).toEqual({ loop: 'discover', begunMs: null, lastOkMs: 300, lastFailure });
    await health.begin(['discover', 'deliver'], 400);
    expect(await health.loops()).toEqual([
      { loop: 'deliver', begunMs: 400, lastOkMs: null, lastFailure: null },
      { loop: 'discover', begunMs: 400, lastOkMs: 300, lastFailure },
    ]);
  });

  it('tells the beginning and the end of a trouble once', async () => {
    const troubles = createIncidentStore(database);
    const trouble = { key: 'disk', sentence: 'The disk is full.', sinceMs: 100 };
    const notice = (key: string): Notice => noticeOf(key, { type: 'trouble', about: null });
    await troubles.begin(trouble, notice('begins'), ['discord']);
    await troubles.begin({ ...trouble, sinceMs: 200 }, notice('begins again'), ['discord']);
    expect(await troubles.open()).toEqual([trouble]);
    await troubles.end('disk', notice('ends'), ['discord']);
    await troubles.end('disk', notice('ends again'), ['discord']);
    expect(await troubles.open()).toEqual([]);
    expect(await outbox.told(['begins', 'begins again', 'ends', 'ends again'])).toEqual(new Set(['begins', 'ends']));
  });
});
