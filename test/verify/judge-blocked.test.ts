import { describe, expect, it } from 'vitest';
import { Evidence } from '../../src/domain/evidence.ts';
import { judge } from '../../src/verify/judge.ts';
import { ids, key, OTHER_COMMIT, retireOnly, seen } from '../support/evidence.ts';
import { World } from '../support/world.ts';

describe('a question that cannot be asked', () => {
  it('is inconclusive with the blocker’s reason and sentence', () => {
    const blocker = { reason: 'untrusted-input', sentence: 'The certificate is stale.' } as const;
    const evidence = new Evidence();
    expect(judge({ scope: null, planned: [], skipped: [], evidence, blocker })).toEqual({
      outcome: 'inconclusive',
      reason: 'untrusted-input',
      reasons: ['untrusted-input'],
      confirmed: null,
      headline: 'INCONCLUSIVE (untrusted-input): The certificate is stale.',
      results: [],
      findings: [],
      caveats: [],
    });
  });

  it('still tells what is found in a proposal that only retires versions', () => {
    const inUse = [{ version: OTHER_COMMIT, by: 'subnet abc' }];
    const registry = seen({ inUse, notRead: [], registryVersion: '1' });
    const verdict = new World({ subject: retireOnly([OTHER_COMMIT]) }).set(key.registry(), registry).verdict();
    expect(verdict).toMatchObject({
      outcome: 'inconclusive',
      reason: 'nothing-to-build',
      reasons: ['nothing-to-build'],
    });
    expect(ids(verdict.findings)).toEqual(['retire-list-in-use/in-use']);
    expect(verdict.headline).toMatch(/^INCONCLUSIVE \(nothing-to-build\): .* WARNING: .*still in use/);
  });

  it('does not verify an empty plan, with or without a scope', () => {
    const { scope } = new World();
    for (const each of [scope, null]) {
      const verdict = judge({ scope: each, planned: [], skipped: [], evidence: new Evidence(), blocker: null });
      expect(verdict).toMatchObject({ outcome: 'inconclusive', reason: 'nothing-to-build' });
      expect(verdict.headline).toMatch(/^INCONCLUSIVE \(nothing-to-build\)/);
    }
  });

  it('does not verify planned cells that were not judged for want of a scope', () => {
    const { plan } = new World();
    const verdict = judge({ scope: null, planned: plan.cells, skipped: [], evidence: new Evidence(), blocker: null });
    expect(verdict).toMatchObject({ outcome: 'inconclusive', reason: 'not-built', results: [] });
  });
});
