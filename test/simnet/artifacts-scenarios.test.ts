import { mkdtempSync, rmSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createArtifacts } from '../../simnet/artifacts/index.ts';
import { buildScenarios } from '../../simnet/scenarios/build.ts';
import { cdnScenarios } from '../../simnet/scenarios/cdn.ts';
import { cliScenarios } from '../../simnet/scenarios/cli.ts';
import { provenanceScenarios } from '../../simnet/scenarios/provenance.ts';
import { sourceScenarios } from '../../simnet/scenarios/source.ts';

const ALL = [...buildScenarios, ...cdnScenarios, ...cliScenarios, ...provenanceScenarios, ...sourceScenarios];
const EXITS = { verified: 0, mismatch: 10, inconclusive: 11 };

test('every scenario has a name of its own in kebab-case and says in a sentence what is wrong', () => {
  const names = ALL.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const { name, wrong } of ALL) {
    expect(name).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
    expect(wrong).toMatch(/^[A-Z].*\.$/);
  }
});

test('outcome, reason and exit code of an expectation go together', () => {
  for (const { name, expect: wanted } of ALL) {
    if (wanted.outcome !== null) expect(wanted.exit, name).toBe(EXITS[wanted.outcome]);
    expect(wanted.reason === null, name).toBe(wanted.outcome !== 'inconclusive');
    expect(wanted.confirmed === undefined || wanted.outcome === 'mismatch', name).toBe(true);
  }
});

test('every scenario names a release, and every release of the fixture is somewhere judged', async () => {
  const dataDir = mkdtempSync('/var/tmp/simnet-test-');
  const { releases } = await createArtifacts({ dataDir });
  const used = new Set(ALL.map(({ release }) => release));
  // `in-use` runs on subnets: scenarios of the retire list name it in their payload. `timed` serves the bench.
  expect([...releases.keys()].filter((name) => !used.has(name))).toEqual(['in-use', 'timed']);
  expect([...used].filter((name) => !releases.has(name))).toEqual([]);
  rmSync(dataDir, { recursive: true, force: true });
});
