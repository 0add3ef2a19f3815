import { expect, it, vi } from 'vitest';
import { clockRound } from '../../src/service/reminder-worker.ts';
import type { ElectionState } from '../../src/domain/service-ports.ts';
import { memoryOutbox } from '../support/memory-outbox.ts';
import { electionProposal } from '../support/records.ts';

it('tells what is due though nobody can be asked who has voted', async () => {
  const now = 1_789_000_000_000;
  const proposal = electionProposal({ deadlineAt: now / 1000 + 1800 });
  const job = { state: 'queued', dueAtMs: now, attempt: 2, why: 'storage-full: full', progress: null } as const;
  const state: ElectionState = { proposal, verdict: null, job };
  const outbox = memoryOutbox();
  const votes = {
    look: (_id: unknown, signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
  };
  const states = { unfinished: async () => [state], one: async () => state, pastRuns: async () => [600] };
  const about = { network: 'mainnet', notifiers: ['a'], reminders: [3600], now: () => now };
  const deps = { store: { states, outbox }, votes, votesMs: 20, ...about };
  expect(await clockRound(deps, new AbortController().signal)).toBe(1);
  expect((await outbox.next('a', now))?.notice.sentence).toBe(
    'Voting closes in 30 min, and there is no verdict yet, because the last try failed (storage-full: full).',
  );
});

it('says at once that a verdict cannot be there in time, though nobody answers who has voted', async () => {
  const now = 1_789_000_000_000;
  const proposal = electionProposal({ deadlineAt: now / 1000 + 1800 });
  const job = { state: 'queued', dueAtMs: now, attempt: 1, why: null, progress: null } as const;
  const state: ElectionState = { proposal, verdict: null, job };
  const outbox = memoryOutbox();
  const stopping = new AbortController();
  const votes = {
    look: (_id: unknown, signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
  };
  const states = { unfinished: async () => [state], one: async () => state, pastRuns: async () => [3600] };
  const about = { network: 'mainnet', notifiers: ['a'], reminders: [3600], now: () => now };
  const round = clockRound({ store: { states, outbox }, votes, votesMs: 3_600_000, ...about }, stopping.signal);
  await vi.waitUntil(async () => (await outbox.next('a', now))?.notice.type === 'cannot-finish');
  stopping.abort();
  // What depends on the votes was not told; the next round does.
  expect(await round).toBe(1);
});
