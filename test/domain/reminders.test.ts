import { describe, expect, it } from 'vitest';
import type { ProposalId } from '../../src/domain/ids.ts';
import { dueNow, estimate, leftText, UNKNOWN_RUN_SECONDS, type Election } from '../../src/domain/reminders.ts';

const HOUR = 3600;
const REMINDERS = [24 * HOUR, 6 * HOUR, HOUR];
const DEADLINE = 1_800_000_000;

const election = (changes: Partial<Election> = {}): Election => ({
  id: '143816' as ProposalId,
  status: 'open',
  deadlineAt: DEADLINE,
  verdict: null,
  expectedAt: null,
  guessed: false,
  preliminary: null,
  failure: null,
  unvoted: [],
  watchesNeurons: false,
  ...changes,
});

const at = (secondsLeft: number, changes: Partial<Election> = {}, told: string[] = []) =>
  dueNow(election(changes), DEADLINE - secondsLeft, REMINDERS, (key) => told.includes(key));

describe('what the clock makes due', () => {
  it('says nothing while there is time', () => {
    expect(at(25 * HOUR)).toEqual([]);
  });

  it('reminds once a threshold, at the second it is reached', () => {
    const [first] = at(24 * HOUR);
    expect(first).toMatchObject({ type: 'reminder', pings: true });
    expect(first?.sentence).toBe('Voting closes in 1 d, and there is no verdict yet.');
    expect(at(24 * HOUR - 1, {}, [first?.key ?? ''])).toEqual([]);
    expect(at(24 * HOUR + 1)).toEqual([]);
  });

  it('says why there is no verdict, where the last try failed', () => {
    const failure = 'storage-full: The disk is full.';
    const because = 'because the last attempt failed (storage-full: The disk is full.).';
    expect(at(HOUR, { failure })[0]?.sentence).toBe(`Voting closes in 1 h, and there is no verdict yet, ${because}`);
    expect(at(0, { failure })[0]?.sentence).toBe(`Voting has closed without a verdict, ${because}`);
    expect(at(HOUR, { failure, preliminary: 'inconclusive' })[0]?.sentence).not.toContain('failed');
  });

  it('tells only the tightest reminder after a pause', () => {
    expect(at(HOUR / 2).map((due) => due.key)).toEqual([`proposal 143816 reminder ${DEADLINE} ${HOUR}`]);
  });

  it('arms the reminders again when the deadline moves', () => {
    const told = at(HOUR).map((due) => due.key);
    expect(at(HOUR, { deadlineAt: DEADLINE }, told)).toEqual([]);
    const moved = dueNow(election({ deadlineAt: DEADLINE + 48 * HOUR }), DEADLINE + 24 * HOUR, REMINDERS, (key) =>
      told.includes(key),
    );
    expect(moved.map((due) => due.type)).toEqual(['reminder']);
  });

  it('stops reminding once there is a verdict, inconclusive or not', () => {
    expect(at(HOUR, { verdict: { outcome: 'inconclusive', final: true } })).toEqual([]);
  });

  it('reminds of a missing vote by itself, also where its votes could not be seen when the verdict was missing', () => {
    const [first] = at(HOUR, { votesUnseen: true });
    expect(first?.sentence).toBe('Voting closes in 1 h, and there is no verdict yet.');
    const seen = { watchesNeurons: true, unvoted: ['27'], verdict: { outcome: 'verified', final: true } } as const;
    const [second] = at(HOUR - 60, seen, [first!.key]);
    expect(second?.sentence).toBe('Voting closes in 59 min, and neuron 27 has not voted.');
    expect(at(HOUR - 120, seen, [first!.key, second!.key])).toEqual([]);
  });

  it('says that votes cannot be seen only where that lasts, though there is a verdict', () => {
    const unseen = { votesUnseen: true, verdict: { outcome: 'verified', final: true } } as const;
    expect(at(HOUR, unseen)).toEqual([]);
    expect(at(HOUR / 2, unseen)[0]?.sentence).toBe(
      'Voting closes in 30 min, and it is unknown whether your neurons have voted.',
    );
  });

  it('reminds of a missing vote instead, where a neuron is watched', () => {
    const verdict = { outcome: 'verified', final: true } as const;
    const [due] = at(HOUR, { verdict, watchesNeurons: true, unvoted: ['27'] });
    expect(due?.sentence).toBe('Voting closes in 1 h, and neuron 27 has not voted.');
    expect(at(HOUR, { watchesNeurons: true })).toEqual([]);
  });

  it('warns as soon as the verdict is expected after the deadline, once', () => {
    const late = { expectedAt: DEADLINE + 2 * HOUR };
    const [due] = at(30 * HOUR, late);
    expect(due).toMatchObject({ type: 'cannot-finish', pings: true });
    expect(at(29 * HOUR, late, [due?.key ?? ''])).toEqual([]);
    expect(at(30 * HOUR, { expectedAt: DEADLINE })).toEqual([]);
  });

  it('says where that expectation is a guess, and only there', () => {
    const late = { expectedAt: DEADLINE + 2 * HOUR };
    const [known] = at(30 * HOUR, late);
    const [guessed] = at(30 * HOUR, { ...late, guessed: true });
    expect(known?.sentence).toBe(
      'The verification will not finish before voting closes: it is expected 2 h after the deadline.',
    );
    expect(guessed?.sentence).toBe(
      `${known?.sentence ?? ''} This is a guess: no run has been timed here yet, so a run is assumed to take 2 h.`,
    );
  });

  it('knows decided and closed as two events', () => {
    const decided = at(30 * HOUR, { status: 'adopted' });
    expect(decided.map((due) => due.type)).toEqual(['decided']);
    expect(decided[0]?.sentence).toContain('Votes still count for rewards until the deadline.');
    const closed = at(0, { status: 'executed', verdict: { outcome: 'verified', final: true } });
    expect(closed.map((due) => due.type)).toEqual(['outcome', 'closed']);
    expect(closed[0]?.sentence).not.toContain('Votes still count');
  });

  it('does not say that there is no verdict where one was told that is not final', () => {
    const [closed] = at(0, { preliminary: 'mismatch' });
    expect(closed?.sentence).toBe('Voting has closed without a final verdict (so far: mismatch).');
    const [reminder] = at(HOUR, { preliminary: 'inconclusive' });
    expect(reminder?.sentence).toBe('Voting closes in 1 h, and there is no final verdict yet (so far: inconclusive).');
  });

  it('says loudly that voting closed without a verdict', () => {
    expect(at(0)).toMatchObject([{ type: 'closed', pings: true, sentence: 'Voting has closed without a verdict.' }]);
  });

  it('tells a failed execution', () => {
    expect(at(0, { status: 'failed' })[0]?.sentence).toContain('execution failed');
  });
});

describe('estimates', () => {
  it('takes the median of the latest five runs', () => {
    expect(estimate([10, 1000, 20, 30, 40, 9999])).toEqual({ seconds: 30, guessed: false });
  });

  it('says that it guesses when nothing is known', () => {
    expect(estimate([])).toEqual({ seconds: UNKNOWN_RUN_SECONDS, guessed: true });
  });
});

it.each([
  [-5, '0 min'],
  [59, '0 min'],
  [3600, '1 h'],
  [5 * 3600 + 1200, '5 h 20 min'],
  [27 * 3600, '1 d 3 h'],
])('writes %d seconds as %s', (seconds, text) => {
  expect(leftText(seconds)).toBe(text);
});
