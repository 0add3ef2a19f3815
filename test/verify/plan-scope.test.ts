import { describe, expect, it } from 'vitest';
import type { Component } from '../../src/domain/component.ts';
import { absentOnCdn, planChecks, scopeOf, type Question } from '../../src/verify/plan.ts';
import {
  ABSENT,
  COMMIT,
  COMMIT_SUBJECT,
  election,
  key,
  missing,
  question,
  seen,
  sumsOf,
  TREE,
  url,
} from '../support/evidence.ts';
import { World } from '../support/world.ts';

const ALL: readonly Component[] = ['guestos', 'hostos', 'setupos', 'recovery'];
const why = (overrides: Partial<Question>) =>
  scopeOf(question(overrides)).components.map((each) => [each.component, each.why, each.notInRelease]);

describe('the scope of an election', () => {
  it('has the elected component first, and the others as extra', () => {
    expect(why({})).toEqual(ALL.map((component) => [component, component === 'guestos' ? 'elected' : 'extra', false]));
    expect(why({ subject: election({ component: 'hostos' }) })).toEqual([
      ['hostos', 'elected', false],
      ['guestos', 'extra', false],
      ['setupos', 'extra', false],
      ['recovery', 'extra', false],
    ]);
  });

  it('is narrowed by flags, but never loses the elected component', () => {
    expect(why({ flags: ['setupos', 'hostos'] })).toEqual([
      ['guestos', 'elected', false],
      ['hostos', 'asked', false],
      ['setupos', 'asked', false],
    ]);
    expect(why({ flags: ['guestos'] })).toEqual([['guestos', 'elected', false]]);
  });

  it('has the elected commit, and everything that was asked', () => {
    const scope = scopeOf(question({ mirrors: ['network'], build: false, attestations: false }));
    expect(scope).toMatchObject({ commit: COMMIT, mirrors: ['network'], build: false, attestations: false });
    expect(scopeOf(question())).toMatchObject({ build: true, attestations: true, measurementsInRelease: true });
  });
});

describe('the scope of a commit', () => {
  it('asks for all components, or for those that flags name', () => {
    expect(why({ subject: COMMIT_SUBJECT })).toEqual(ALL.map((component) => [component, 'whole', false]));
    expect(why({ subject: COMMIT_SUBJECT, flags: ['recovery'] })).toEqual([['recovery', 'asked', false]]);
    expect(why({ subject: COMMIT_SUBJECT, flags: ALL })).toEqual(ALL.map((component) => [component, 'asked', false]));
    expect(scopeOf(question({ subject: COMMIT_SUBJECT })).commit).toBe(COMMIT);
  });
});

describe('what a release does not have', () => {
  const recovery = (facts: Question['facts']) =>
    scopeOf(question({ subject: COMMIT_SUBJECT, facts })).components.filter(({ notInRelease }) => notInRelease);

  it('is left out only if neither the tree nor the CDN has it', () => {
    const tree = { ...TREE, hasRecovery: false };
    expect(recovery({ tree, absentOnCdn: ['recovery'] })).toMatchObject([{ component: 'recovery' }]);
    expect(recovery({ tree, absentOnCdn: ALL })).toMatchObject([{ component: 'recovery' }]);
    expect(recovery({ tree, absentOnCdn: ['guestos'] })).toEqual([]);
    expect(recovery({ tree: TREE, absentOnCdn: ['recovery'] })).toEqual([]);
    expect(recovery({ tree: null, absentOnCdn: ['recovery'] })).toEqual([]);
  });

  it('holds for launch measurements as well', () => {
    const measured = (facts: Question['facts']) => scopeOf(question({ facts })).measurementsInRelease;
    const tree = { ...TREE, hasMeasurements: false };
    expect(measured({ tree, absentOnCdn: ['measurements'] })).toBe(false);
    expect(measured({ tree, absentOnCdn: ['guestos'] })).toBe(true);
    expect(measured({ tree: TREE, absentOnCdn: ['measurements'] })).toBe(true);
    expect(measured({ tree: null, absentOnCdn: ['measurements'] })).toBe(true);
  });

  it('gives skipped cells with the reason, and nothing to collect or build', () => {
    const facts = { tree: { ...TREE, hasRecovery: false }, absentOnCdn: ['recovery'] as const };
    const plan = planChecks(scopeOf(question({ subject: COMMIT_SUBJECT, facts })));
    expect(plan.cells.some(({ component }) => component === 'recovery')).toBe(false);
    const skipped = plan.skipped.filter(({ component }) => component === 'recovery');
    expect(skipped.map(({ check }) => check)).toEqual([
      'sums-list-artifact',
      'build-reproduces',
      'mirrors-agree',
      'provenance',
    ]);
    expect(skipped[0]).toMatchObject({
      tier: 'authoritative',
      reason: expect.stringContaining('Not part of this release') as string,
    });
    expect(plan.evidence.some(({ subject }) => subject.includes('recovery'))).toBe(false);
    expect(plan.build).toEqual({ components: ['guestos', 'hostos', 'setupos'] });
  });

  it('is what every mirror says it does not have', () => {
    const { scope } = new World();
    const say = (systems: Parameters<World['set']>[1], network: Parameters<World['set']>[1]) => {
      const world = new World();
      for (const role of ['checksums', 'measurements'] as const) {
        const keyOf = role === 'checksums' ? key.sums : key.measurements;
        world.set(keyOf(url('guestos', role, 'systems')), systems as never);
        world.set(keyOf(url('guestos', role, 'network')), network as never);
      }
      return absentOnCdn(scope, world.evidence());
    };
    expect(say(ABSENT, ABSENT)).toEqual(['guestos', 'measurements']);
    for (const other of [missing(), undefined, seen(sumsOf('guestos'))]) {
      expect(say(ABSENT, other)).toEqual([]);
      expect(say(other, ABSENT)).toEqual([]);
    }
    expect(absentOnCdn({ ...scope, mirrors: [] }, new World().evidence())).toEqual([]);
    expect(absentOnCdn({ ...scope, commit: null }, new World().evidence())).toEqual([]);
  });
});

it('never leaves out what is elected, though the release does not seem to have it', () => {
  const facts = { tree: { ...TREE, hasRecovery: false }, absentOnCdn: ['recovery'] as const };
  const elected = scopeOf(question({ subject: election({ component: 'recovery' }), facts }));
  expect(elected.components.find(({ component }) => component === 'recovery')?.notInRelease).toBe(false);
  const extra = scopeOf(question({ facts }));
  expect(extra.components.find(({ component }) => component === 'recovery')?.notInRelease).toBe(true);
});
