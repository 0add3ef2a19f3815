import { describe, expect, it } from 'vitest';
import { keyText } from '../../src/domain/evidence.ts';
import type { Action } from '../../src/domain/proposal.ts';
import { planText } from '../../src/verify/plan-text.ts';
import { blockerOf, boundEvidence, planChecks, scopeOf, type Question } from '../../src/verify/plan.ts';
import {
  COMMIT,
  COMMIT_SUBJECT,
  election,
  MEASUREMENTS,
  OTHER_COMMIT,
  proposal,
  question,
  retireOnly,
  TREE,
  url,
} from '../support/evidence.ts';
import { World } from '../support/world.ts';

const acting = (action: Action) => ({ mode: 'proposal', proposal: proposal({ action }), version: null }) as const;

describe('the plan', () => {
  const tiers = (overrides: Partial<Question>) =>
    planChecks(scopeOf(question(overrides))).cells.map(
      ({ check, component, tier }) => `${check} ${component ?? '-'} ${tier}`,
    );

  it('of an election has these cells and no others', () => {
    expect(tiers({ flags: ['guestos', 'hostos'], subject: election({ retires: [OTHER_COMMIT] }) })).toEqual([
      'package-hash guestos authoritative',
      'sums-list-artifact guestos authoritative',
      'sums-list-artifact hostos authoritative',
      'commit-on-release-ref - authoritative',
      'build-reproduces guestos authoritative',
      'build-reproduces hostos authoritative',
      'measurements-match guestos authoritative',
      'measurements-from-image guestos corroborating',
      'mirrors-agree guestos corroborating',
      'mirrors-agree hostos corroborating',
      'provenance guestos corroborating',
      'provenance hostos corroborating',
      'payload-lint - advisory',
      'text-matches-payload - advisory',
      'retire-list-in-use - advisory',
      'dashboard-agrees - advisory',
    ]);
  });

  it('keeps every extra component’s cells corroborating', () => {
    const extra = planChecks(scopeOf(question())).cells.filter(({ component }) => component && component !== 'guestos');
    expect(extra).toHaveLength(12);
    expect(extra.every(({ tier }) => tier === 'corroborating')).toBe(true);
  });

  it('of a commit has no payload cells', () => {
    expect(tiers({ subject: COMMIT_SUBJECT, flags: ['setupos'] })).toEqual([
      'sums-list-artifact setupos authoritative',
      'commit-on-release-ref - authoritative',
      'build-reproduces setupos authoritative',
      'mirrors-agree setupos corroborating',
      'provenance setupos corroborating',
    ]);
  });

  it('of a proposal that elects nothing has only the advice that applies', () => {
    expect(tiers({ subject: retireOnly([OTHER_COMMIT]) })).toEqual([
      'payload-lint - advisory',
      'retire-list-in-use - advisory',
    ]);
    for (const action of [{ kind: 'other' }, { kind: 'undecodable', code: 'x', sentence: 'y' }] as const) {
      const plan = planChecks(scopeOf(question({ subject: acting(action) })));
      expect(plan).toMatchObject({ cells: [], evidence: [], build: null });
      expect(plan.skipped).toHaveLength(13);
      expect(plan.skipped.every(({ reason }) => reason === 'The proposal elects no version.')).toBe(true);
    }
  });

  it('collects each thing once, small facts first, the elected image before other images', () => {
    const { evidence } = planChecks(scopeOf(question({ subject: election({ retires: [OTHER_COMMIT] }) })));
    const texts = evidence.map(({ kind, subject }) => `${kind} ${subject}`);
    expect(new Set(texts).size).toBe(texts.length);
    const kinds = evidence.map(({ kind }) => kind);
    expect(kinds.slice(0, 3).sort()).toEqual(['commit-refs', 'host', 'tree']);
    expect(kinds.indexOf('image')).toBe(kinds.length - 10);
    expect(evidence.find(({ kind }) => kind === 'image')?.subject).toBe(url('guestos', 'image'));
    expect(new Set(kinds)).toEqual(
      new Set([
        'commit-refs',
        'tree',
        'host',
        'sums',
        'measurements',
        'attestations',
        'registry',
        'dashboard',
        'image',
        'measured',
      ]),
    );
  });

  it('asks both mirrors’ files of every component, and only of the mirrors that were asked for', () => {
    const hosts = (overrides: Partial<Question>) =>
      new Set(
        planChecks(scopeOf(question(overrides)))
          .evidence.filter(({ kind }) => kind === 'sums')
          .map(({ subject }) => new URL(subject).host),
      );
    expect(hosts({})).toEqual(new Set(['download.dfinity.systems', 'download.dfinity.network']));
    expect(hosts({ mirrors: ['systems'] })).toEqual(new Set(['download.dfinity.systems']));
  });

  it('has no build with --no-build, and still its cells', () => {
    const plan = planChecks(scopeOf(question({ build: false })));
    expect(plan.build).toBeNull();
    expect(plan.cells.filter(({ check }) => check === 'build-reproduces')).toHaveLength(4);
    expect(plan.skipped.some(({ check }) => check === 'build-reproduces')).toBe(false);
  });

  it('needs the measurements only where there are any', () => {
    const facts = { tree: { ...TREE, hasMeasurements: false }, absentOnCdn: ['measurements'] as const };
    const kinds = (subject: Question['subject']) =>
      planChecks(scopeOf(question({ subject, facts }))).evidence.map(({ kind }) => kind);
    expect(kinds(election({ launchMeasurements: null }))).not.toContain('measurements');
    expect(kinds(election({ launchMeasurements: MEASUREMENTS }))).toContain('measurements');
  });
});

describe('what blocks the question', () => {
  it.each([
    [{ kind: 'undecodable', code: 'no-urls', sentence: 'There is no URL.' }, 'malformed-payload', 'There is no URL.'],
    [{ kind: 'other' }, 'not-an-election', 'does not elect'],
    [{ kind: 'retire-only', component: 'guestos', retires: [] }, 'nothing-to-build', 'only retires'],
  ] as const)('is told of %j', (action, reason, sentence) => {
    expect(blockerOf(acting(action))).toEqual({ reason, sentence: expect.stringContaining(sentence) as string });
  });

  it('is nothing for an election or a commit', () => {
    for (const subject of [election(), election({ component: 'hostos' }), COMMIT_SUBJECT]) {
      expect(blockerOf(subject)).toBeNull();
    }
  });
});

describe('the text of a plan', () => {
  it('lists URLs, looks, checks, skipped checks and the build', () => {
    const scope = scopeOf(question({ subject: election({ retires: [OTHER_COMMIT] }), flags: ['guestos'] }));
    const text = planText(scope, planChecks(scope));
    expect(text.urls).toHaveLength(6);
    expect(text.urls.at(-1)).toBe(url('guestos', 'image', 'network'));
    expect(text.looks).toEqual([
      `branches and tags of dfinity/ic that contain ${COMMIT}`,
      `source tree of ${COMMIT}`,
      'fitness of this machine for the build',
      `attestations of ${url('guestos', 'checksums')}`,
      `attestations of ${url('guestos', 'checksums', 'network')}`,
      'versions in use, from the registry canister',
      'dashboard’s record of proposal 143816',
      `launch measurements recomputed from ${url('guestos', 'image')}`,
      `launch measurements recomputed from ${url('guestos', 'image', 'network')}`,
    ]);
    expect(text.checks[0]).toEqual({
      id: 'package-hash',
      title: 'The files at the proposal’s URLs have the proposal’s hash',
      component: 'guestos',
      tier: 'authoritative',
    });
    expect(text.build).toBe(`the build script of commit ${COMMIT}, for guestos`);
  });

  it('says that nothing is built, and what is skipped', () => {
    const scope = scopeOf(question({ build: false, attestations: false, subject: COMMIT_SUBJECT, flags: ['hostos'] }));
    const text = planText(scope, planChecks(scope));
    expect(text.build).toBeNull();
    expect(text.skipped).toContainEqual({
      id: 'provenance',
      component: 'hostos',
      reason: 'The attestation check was skipped on request.',
    });
  });
});

describe('what is looked at before the verdict of an election', () => {
  it('is what the proposal, the elected and the asked components need, and nothing of the extra ones', () => {
    const { scope, plan } = new World({ flags: [] });
    const all = plan.evidence.map(keyText);
    const bound = boundEvidence(scope, plan).map(keyText);
    expect(bound.length).toBeGreaterThan(0);
    expect(all).toEqual(expect.arrayContaining(bound));
    expect(bound.filter((text) => /host-os|setup-os|recovery/.test(text))).toEqual([]);
    const others = all.filter((text) => /host-os|setup-os|recovery/.test(text));
    expect([...bound, ...others].sort()).toEqual([...all].sort());
  });

  it('is everything where every component was asked for', () => {
    const { scope, plan } = new World({ flags: ['guestos', 'hostos', 'setupos', 'recovery'] });
    expect(boundEvidence(scope, plan).map(keyText)).toEqual(plan.evidence.map(keyText));
  });
});
