import { describe, expect, it } from 'vitest';
import { ALL_STEPS, byUrgency, isStep, type Stage } from '../../src/domain/stage.ts';

describe('the stages of a run', () => {
  it('lead from queued to judged', () => {
    const walk: Stage[] = ['queued', 'collecting', 'building', 'judging', 'judged'];
    walk.slice(1).forEach((stage, index) => expect(isStep(walk[index]!, stage)).toBe(true));
  });

  it('end with its verdict: what follows is another run', () => {
    expect(ALL_STEPS.filter(([from]) => from === 'judged' || from === 'waiting')).toEqual([]);
  });

  it('lead nowhere else', () => {
    expect(isStep('waiting', 'building')).toBe(false);
    expect(isStep('judged', 'judging')).toBe(false);
    expect(isStep('collecting', 'collecting')).toBe(false);
    expect(ALL_STEPS).toHaveLength(8);
  });
});

describe('the order of work', () => {
  it('puts undecided first, then the earliest deadline, then the smallest id', () => {
    const work = [
      { proposalId: '9', decided: true, deadlineAt: 1 },
      { proposalId: '10', decided: false, deadlineAt: 50 },
      { proposalId: '9', decided: false, deadlineAt: 50 },
      { proposalId: '8', decided: false, deadlineAt: null },
      { proposalId: '7', decided: false, deadlineAt: 60 },
    ];
    expect([...work].sort(byUrgency).map((w) => `${w.proposalId}${w.decided ? 'd' : ''}`)).toEqual([
      '9',
      '10',
      '7',
      '8',
      '9d',
    ]);
  });
});
