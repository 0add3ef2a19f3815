import { describe, expect, it } from 'vitest';
import { expectedEnds, givesWayTo, leavesRoom, type Pending } from '../../src/domain/eta.ts';

const NOW = 1_000_000;
const RUN = 7200;

function pending(proposalId: string, changes: Partial<Pending> = {}): Pending {
  const plain = { decided: false, deadlineAt: NOW + 100_000, commit: `c${proposalId}` };
  return { proposalId, ...plain, building: false, expectedAt: null, dueAt: 0, ...changes };
}

describe('when verdicts are expected', () => {
  it('is one build after the other, the most urgent first', () => {
    const ends = expectedEnds([pending('1'), pending('2', { deadlineAt: NOW + 50_000 })], NOW, RUN);
    expect([...ends]).toEqual([
      ['2', NOW + RUN],
      ['1', NOW + 2 * RUN],
    ]);
  });

  it('lets what is being built end first, as its worker expects', () => {
    const ends = expectedEnds(
      [pending('1', { deadlineAt: NOW + 1 }), pending('2', { building: true, expectedAt: NOW + 60 })],
      NOW,
      RUN,
    );
    expect(ends.get('2')).toBe(NOW + 60);
    expect(ends.get('1')).toBe(NOW + 60 + RUN);
  });

  it('lets nobody believe in an end of its own while others are built before it', () => {
    const waits = { expectedAt: NOW + RUN };
    const ends = expectedEnds(
      [pending('1', { building: true, expectedAt: NOW + 60 }), pending('2', waits), pending('3', waits)],
      NOW,
      RUN,
    );
    expect([...ends.values()]).toEqual([NOW + 60, NOW + 60 + RUN, NOW + 60 + 2 * RUN]);
  });

  it('counts the build of a commit once for all its proposals', () => {
    const ends = expectedEnds([pending('1', { commit: 'a' }), pending('2', { commit: 'a' })], NOW, RUN);
    expect([...ends.values()]).toEqual([NOW + RUN, NOW + RUN]);
  });
});

describe('room for a second build', () => {
  it('is there when nobody waits, or all still end in time', () => {
    expect(leavesRoom([], NOW, RUN, RUN)).toBe(true);
    expect(leavesRoom([pending('1', { deadlineAt: NOW + 2 * RUN })], NOW, RUN, RUN)).toBe(true);
  });

  it('is not there where it would make another election miss its deadline', () => {
    expect(leavesRoom([pending('1', { deadlineAt: NOW + 2 * RUN - 1 })], NOW, RUN, RUN)).toBe(false);
  });

  it('is not refused for one that is late anyway, or decided', () => {
    expect(leavesRoom([pending('1', { deadlineAt: NOW + RUN - 1 })], NOW, RUN, RUN)).toBe(true);
    expect(leavesRoom([pending('1', { deadlineAt: NOW + RUN + 1, decided: true })], NOW, RUN, RUN)).toBe(true);
  });
});

describe('a build that goes on', () => {
  const ids = (pending: readonly Pending[]): readonly string[] =>
    givesWayTo(pending, COMMIT, NOW, RUN).map(({ proposalId }) => proposalId);
  const COMMIT = 'a'.repeat(40);
  const running = (deadlineAt: number | null, changes: Partial<Pending> = {}): Pending =>
    pending('1', { commit: COMMIT, deadlineAt, building: true, expectedAt: NOW + RUN - 60, ...changes });
  const urgent = (changes: Partial<Pending> = {}): Pending =>
    pending('2', { commit: 'b'.repeat(40), deadlineAt: NOW + RUN, ...changes });

  it('gives way to one that is in time only if it begins now', () => {
    expect(ids([running(NOW + 4 * RUN), urgent()])).toEqual(['2']);
    expect(ids([running(NOW + 4 * RUN), urgent({ deadlineAt: NOW + RUN - 1 })])).toEqual([]);
    expect(ids([running(NOW + 4 * RUN), urgent({ deadlineAt: NOW + 2 * RUN })])).toEqual([]);
  });

  it('goes on where it would miss its own deadline, or another election would', () => {
    expect(ids([running(NOW + 2 * RUN), urgent()])).toEqual(['2']);
    expect(ids([running(NOW + 2 * RUN - 1), urgent()])).toEqual([]);
    const third = pending('3', { commit: 'c'.repeat(40), deadlineAt: NOW + 3 * RUN - 60 });
    expect(ids([running(NOW + 9 * RUN), urgent(), third])).toEqual(['2']);
    expect(ids([running(NOW + 2.5 * RUN), urgent(), third])).toEqual([]);
  });

  it('gives way where nobody waits for it in time', () => {
    expect(ids([running(null), urgent()])).toEqual(['2']);
    expect(ids([running(NOW + RUN / 2), urgent()])).toEqual([]);
    expect(ids([running(NOW + 9 * RUN, { decided: true }), urgent()])).toEqual(['2']);
  });

  it('does not give way to its own commit, to what is decided, or to what is not due', () => {
    expect(ids([running(NOW + 4 * RUN), urgent({ commit: COMMIT })])).toEqual([]);
    expect(ids([running(NOW + 4 * RUN), urgent({ decided: true })])).toEqual([]);
    expect(ids([running(NOW + 4 * RUN), urgent({ dueAt: NOW + 1 })])).toEqual([]);
    expect(ids([running(NOW + 4 * RUN), urgent({ building: true })])).toEqual([]);
  });
});
