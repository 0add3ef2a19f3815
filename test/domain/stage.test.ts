import { describe, expect, it } from 'vitest';
import { byUrgency, nextStage, type Stage, type StageEvent } from '../../src/domain/stage.ts';

describe('the stages of a run', () => {
  it('lead from queued to judged', () => {
    const events: StageEvent[] = ['claimed', 'collected', 'built', 'judged'];
    const walk = events.reduce<Stage | null>((stage, event) => stage && nextStage(stage, event), 'queued');
    expect(walk).toBe('judged');
  });

  it('build again what only the local build contradicts', () => {
    expect(nextStage('judging', 'unconfirmed')).toBe('building');
  });

  it('bring an abandoned run back to the queue from wherever its worker died', () => {
    for (const stage of ['collecting', 'building', 'judging'] as const) {
      expect(nextStage(stage, 'abandoned')).toBe('queued');
    }
  });

  it('refuse what cannot happen', () => {
    expect(nextStage('queued', 'judged')).toBeNull();
    expect(nextStage('judged', 'claimed')).toBeNull();
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
