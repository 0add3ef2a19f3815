import { describe, expect, it } from 'vitest';
import { Evidence } from '../../../src/domain/evidence.ts';
import { CHECKS } from '../../../src/verify/checks/index.ts';
import { scopeOf } from '../../../src/verify/plan.ts';
import { COMMIT_SUBJECT, election, proposal, question, retireOnly } from '../../support/evidence.ts';
import { World } from '../../support/world.ts';

const SUBJECTS = {
  'an election of a GuestOS': election(),
  'an election of a HostOS': election({ component: 'hostos' }),
  'a proposal that only retires': retireOnly(['abc']),
  'a proposal that cannot be understood': {
    mode: 'proposal',
    proposal: proposal({ action: { kind: 'undecodable', code: 'x', sentence: 'x' } }),
    version: null,
  },
  'a commit': COMMIT_SUBJECT,
} as const;
const world = new World({ subject: election({ retires: ['abc'] }, { status: 'executed' }) });

/** Cells of one question judged in the scope of another: a mistake of whoever plans must never become a pass. */
describe.each(Object.entries(SUBJECTS))('in the scope of %s', (_, subject) => {
  const scope = scopeOf(question({ subject }));

  it.each(CHECKS.map((check) => [check.id, check] as const))('%s judges any cell without breaking', (id, check) => {
    const cells = world.plan.cells.filter((cell) => cell.check === id);
    expect(cells.length).toBeGreaterThan(0);
    for (const cell of [...cells, { ...cells[0]!, component: null }]) {
      const said = check.judge(cell, scope, new Evidence());
      expect(said.outcome).not.toBe('mismatch');
      if (cell.tier !== 'advisory') expect(said.outcome).toBe('inconclusive');
      if (cell.tier !== 'advisory' && scope.commit === null) expect(said.reason).toBe('nothing-to-build');
      expect(said.comparisons.some(({ equal }) => equal)).toBe(false);
      if (scope.subject.mode === 'commit') expect(said.findings).toEqual([]);
    }
  });
});
