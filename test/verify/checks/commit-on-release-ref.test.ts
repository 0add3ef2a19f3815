import { describe, expect, it } from 'vitest';
import type { EvidenceValues } from '../../../src/domain/evidence.ts';
import {
  ABSENT,
  COMMIT,
  COMMIT_SUBJECT,
  ids,
  key,
  missing,
  OTHER_COMMIT,
  retireOnly,
  seen,
} from '../../support/evidence.ts';
import { World } from '../../support/world.ts';

type Refs = EvidenceValues['commit-refs'];
const say = (refs: readonly string[], presence: Refs['presence'] = 'on-refs', overrides = {}) =>
  new World(overrides).set(key.commitRefs(COMMIT), seen({ presence, refs }, 'git')).say('commit-on-release-ref');

describe('commit-on-release-ref', () => {
  it.each([
    'refs/heads/rc--2026-09-18_03-30',
    'refs/heads/hotfix-rc--2026-09-18',
    'refs/heads/release-2026',
    'refs/tags/release-2026-09-18_03-30-base',
  ])('is verified without a finding on %s', (ref) => {
    const said = say(['refs/heads/master', ref]);
    expect(said).toMatchObject({ outcome: 'verified', findings: [], reason: null });
    expect(said.comparisons).toMatchObject([{ equal: true, actual: { source: 'git' } }]);
    expect(said.sentence).toContain(ref.replace(/^refs\/\w+\//, ''));
    expect(said.sentence).not.toContain('master');
  });

  it.each([
    'refs/heads/master',
    'refs/heads/someone/feature',
    'refs/heads/x-rc--1',
    'refs/heads/of-refs/heads/rc--1',
    'refs/tags/rc--1',
    'refs/heads/rc--2026/mine',
    'refs/heads/hotfix-/mine',
    'refs/tags/release-2026/mine',
    'refs/heads/rc--',
    'refs/tags/hotfix-1',
    'refs/heads/rc-',
  ])('is verified with a finding on %s for an election, and without one for a commit', (ref) => {
    const said = say([ref]);
    expect(said.outcome).toBe('verified');
    expect(ids(said.findings)).toEqual(['commit-on-release-ref/not-a-release-ref']);
    const name = ref.replace(/^refs\/\w+\//, '');
    expect(said.findings[0]).toMatchObject({ severity: 'warning', sentence: expect.stringContaining(name) as string });
    expect(said.sentence).toBe(`The commit is on ${name} of dfinity/ic.`);
    expect(say([ref], 'on-refs', { subject: COMMIT_SUBJECT })).toMatchObject({ outcome: 'verified', findings: [] });
  });

  it('tells of refs that lead to no commit, and judges by the others', () => {
    const leftOut = (count: number) => ({ count, names: ['refs/tags/a-blob', 'refs/heads/nothing'].slice(0, count) });
    const told = (presence: Refs['presence'], count: number) => {
      const refs = presence === 'on-refs' ? ['refs/heads/rc--1'] : [];
      const look = seen({ presence, refs, leftOut: leftOut(count) }, 'git');
      return new World().set(key.commitRefs(COMMIT), look).say('commit-on-release-ref');
    };
    const findings = [{ id: 'commit-on-release-ref/refs-left-out', severity: 'info' }];
    expect(told('on-refs', 1)).toMatchObject({ outcome: 'verified', findings });
    expect(told('off-refs', 7)).toMatchObject({ outcome: 'mismatch', findings });
    expect(told('off-refs', 1).findings[0]?.sentence).toBe(
      'One branch or tag of dfinity/ic does not point to a commit and is ignored: a-blob.',
    );
    expect(told('off-refs', 7).findings[0]?.sentence).toContain('a-blob, nothing and 5 more');
  });

  it('is a mismatch when no branch or tag reaches the commit', () => {
    const said = say([], 'off-refs');
    expect(said).toMatchObject({ outcome: 'mismatch', localOnly: false });
    expect(said.comparisons).toMatchObject([
      { equal: false, actual: { value: 'not reachable from any branch or tag' } },
    ]);
  });

  it('is inconclusive, source withheld, when the commit does not exist', () => {
    expect(say([], 'missing')).toMatchObject({ outcome: 'inconclusive', reason: 'source-withheld' });
  });

  it.each([missing(), ABSENT, undefined])('is inconclusive, unreachable, when git could not be asked (%#)', (look) => {
    const said = new World().set(key.commitRefs(COMMIT), look).say('commit-on-release-ref');
    expect(said).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable' });
  });

  it.each([[[]], [['refs/pull/1/head']], [['rc--2026']]])('never trusts refs that are no branch or tag: %j', (refs) => {
    expect(say(refs)).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable' });
  });

  it('does not take another commit’s refs for an answer', () => {
    const refs: Refs = { presence: 'on-refs', refs: ['refs/heads/rc--1'] };
    const world = new World().clear().set(key.commitRefs(OTHER_COMMIT), seen(refs));
    expect(world.say('commit-on-release-ref').outcome).toBe('inconclusive');
  });

  it('names a few refs, bounded, and counts the rest', () => {
    const refs = Array.from({ length: 9 }, (_, index) => `refs/heads/rc--${index}${'x'.repeat(200)}`);
    const { sentence } = say(refs);
    expect(sentence).toContain('and 5 more');
    expect(sentence.length).toBeLessThan(500);
    expect(say(refs.slice(0, 4)).sentence).not.toContain('more');
  });

  it('is one cell for the whole question, and skipped where nothing is elected', () => {
    expect(new World().plan.cells.filter(({ check }) => check === 'commit-on-release-ref')).toMatchObject([
      { component: null, tier: 'authoritative', phase: 'before-build' },
    ]);
    const { cells, skipped } = new World({ subject: retireOnly([COMMIT]) }).plan;
    expect(cells.some(({ check }) => check === 'commit-on-release-ref')).toBe(false);
    expect(skipped.map(({ check }) => check)).toContain('commit-on-release-ref');
  });
});
