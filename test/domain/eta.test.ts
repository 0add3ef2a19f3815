import { describe, expect, it } from 'vitest';
import { expectedEnds, leavesRoom, type Pending } from '../../src/domain/eta.ts';

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
