import { describe, expect, it, vi } from 'vitest';
import { reminderRound, trueNow } from '../../src/service/reminder-worker.ts';
import type { Notice } from '../../src/domain/notice.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import type { ElectionState, Votes } from '../../src/domain/service-ports.ts';
import { memoryOutbox } from '../support/memory-outbox.ts';
import { electionProposal, noticeOf } from '../support/records.ts';

const NOW = 1_789_000_000_000;
const running = new AbortController().signal;
const QUEUED = { state: 'queued', dueAtMs: NOW, attempt: 2, why: 'storage-full: full', progress: null } as const;

/** One election that ends in so many minutes, as the clock of the service sees it. */
function clockOf(minutes: number, changes: Partial<Proposal> = {}, votes: Votes | null = null) {
  const proposal = electionProposal({ deadlineAt: NOW / 1000 + minutes * 60, ...changes });
  const state: ElectionState = { proposal, verdict: null, job: QUEUED };
  const outbox = memoryOutbox();
  const states = { unfinished: async () => [state], one: async () => state, pastRuns: async () => [600] };
  const about = { network: 'mainnet', notifiers: ['a'], reminders: [3600], now: () => NOW };
  return { proposal, outbox, deps: { store: { states, outbox }, votes, votesMs: 20, ...about } };
}

const silent: Votes = {
  look: (_id, signal) =>
    new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped')))),
};
const seeing = (...unvoted: string[]): Votes => ({ look: async () => ({ unvoted, unclear: [] }) });

it('tells what is due though nobody can be asked who has voted', async () => {
  const { deps, outbox } = clockOf(30, {}, silent);
  expect(await reminderRound(deps, running)).toBe(1);
  expect((await outbox.next('a', NOW))?.notice.sentence).toBe(
    'Voting closes in 30 min, and there is no verdict yet, because the last attempt failed (storage-full: full).',
  );
});

it('says at once that a verdict cannot be there in time, though nobody answers who has voted', async () => {
  const { deps, outbox } = clockOf(5, {}, silent);
  const stopping = new AbortController();
  const round = reminderRound({ ...deps, votesMs: 3_600_000 }, stopping.signal);
  await vi.waitUntil(async () => (await outbox.next('a', NOW))?.notice.type === 'cannot-finish');
  stopping.abort();
  // What depends on the votes was not told; the next round does.
  expect(await round).toBe(1);
});

describe('a notice that its channel could not be told in time', () => {
  const old = (
    about: Proposal,
    type: Notice['type'],
    sentence = 'Voting closes in 6 h, and neuron 27 has not voted.',
  ) => noticeOf('its key', { type, about, sentence, at: NOW / 1000 - 5 * 3600 });

  it('has the time that is left now, under its old key', async () => {
    const { proposal, deps } = clockOf(30, {}, seeing('27'));
    const told = await trueNow(old(proposal, 'reminder'), deps, running);
    expect(told).toMatchObject({ key: 'its key', type: 'reminder', pings: true });
    expect(told?.sentence).toBe('Voting closes in 30 min, and neuron 27 has not voted.');
  });

  it('is not told where the neuron has voted since, or voting has closed', async () => {
    const { proposal, deps } = clockOf(30, {}, seeing());
    expect(await trueNow(old(proposal, 'reminder'), deps, running)).toBeNull();
    const over = clockOf(-1, {}, seeing('27'));
    expect(await trueNow(old(over.proposal, 'reminder'), over.deps, running)).toBeNull();
  });

  it('is told with the time that is left where the votes cannot be seen', async () => {
    const { proposal, deps } = clockOf(90, {}, silent);
    const told = await trueNow(old(proposal, 'reminder'), deps, running);
    expect(told?.sentence).toBe('Voting closes in 1 h 30 min, and neuron 27 has not voted.');
  });

  it('says when voting closes where it tells of a discovery, and what became of the proposal', async () => {
    const { proposal, deps } = clockOf(90, { status: 'adopted' });
    const standing = { stage: 'queued', percent: null, expectedAt: null } as const;
    const told = await trueNow({ ...old(proposal, 'discovered'), standing }, deps, running);
    expect(told).toMatchObject({ key: 'its key', type: 'discovered', standing, proposal: { status: 'adopted' } });
    expect(told?.sentence).toMatch(/^A new proposal .* Voting closes in 1 h 30 min\.$/);
    const over = clockOf(-90);
    expect((await trueNow(old(over.proposal, 'discovered'), over.deps, running))?.sentence).not.toContain('closes');
  });

  it('says by how much the verdict will be late, or nothing where it will be in time', async () => {
    const late = clockOf(5);
    const told = await trueNow(old(late.proposal, 'cannot-finish', 'Late.'), late.deps, running);
    expect(told?.sentence).toContain('expected 5 min after the deadline');
    const inTime = clockOf(60);
    expect(await trueNow(old(inTime.proposal, 'cannot-finish', 'Late.'), inTime.deps, running)).toBeNull();
  });

  it('is told as it is where nothing is known of its proposal any more', async () => {
    const { proposal, deps } = clockOf(30);
    const states = { ...deps.store.states, one: async () => null };
    const notice = old(proposal, 'reminder');
    expect(await trueNow(notice, { ...deps, store: { ...deps.store, states } }, running)).toBe(notice);
  });
});
