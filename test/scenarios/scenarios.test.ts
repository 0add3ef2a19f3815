import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { scenarios } from '../../simnet/scenarios/index.ts';
import type { Scenario } from '../../simnet/types.ts';
import { installationWithout } from '../support/installation.ts';
import { loopback } from '../support/loopback.ts';
import { runProgram, type Ran } from '../support/program.ts';
import { faultsOf } from '../support/schemas.ts';
import { isLong } from '../support/seeded.ts';

/** Every scenario goes through the real binary against the loopback Internet with production URLs. */
const only = process.env['SCENARIO'];
/** Left to `script/test --long`: another one has the same fault in another place. */
const ALIKE = [
  /^measurement-(0-altered-in-[^m]|1-altered-in-[^k]|2-altered-in-[^v]|3-)/,
  /^layout-2025-/,
  /^all-four-though-(hostos|setupos)-/,
  /^attestation-(bundle-url|down-once|empty|garbage|one-of-three-good|one-unreadable|wrong-ref)$/,
  /^(git-odd-refs-and-a-fork|github-token-gets-40[14]|installation-without-(candid|sigstore|snappy|sqlite))$/,
  /^image-(fails-twice|is-busy-once|is-html)$/,
  /^(one-url-not-found|redirect-to-itself|second-url-names-.*|sums-of-one-mirror-unreachable)$/,
  /^recovery-by-setting$/,
  /^retires-(an-idle-version|what-(api-boundary-nodes|cloud-engines|unassigned-nodes)-run)$/,
  /^commit-of-(a-hotfix|a-release-tag|another-branch)$/,
  /^(boundary-node-(fails-twice|is-busy-once)|one-boundary-node-(down|stale|of-another-root)|dashboard-(down|without-the-proposal))$/,
  /^(all-boundary-nodes-(fail|busy)|commit-is-(short|no-hex|a-ref)|half-set-without-version|empty-payload)$/,
  /^(sums-(empty|fail-twice)|all-urls-gone|image-truncated-on-one-mirror|redirect-to-plain-http|git-fails(-once)?)$/,
  /^(commit-mode-master|other-download-source|confirm-of-a-good-build|debug|dry-run-of-a(-failing-build|n-older-layout))$/,
  /^(layout-2026-06|build-(fails|(hard-links|fifo)-output|differs-once|random(-confirmed)?|differs-in-measurements-confirmed))$/,
  /^(retires-what-it-elects|malformed-retire-strings|hash-swapped-in-hostos-payload|hostile-text)$/,
  /^attestation-(wrong-(pipeline|repository|digest)|rate-limited)$/,
];
const chosen = scenarios.filter(({ name }) =>
  only === undefined ? isLong || !ALIKE.some((pattern) => pattern.test(name)) : name.includes(only),
);

interface Document {
  network: string;
  verdict: {
    outcome: string;
    reason: string | null;
    confirmed: boolean | null;
    headline: string;
    findings: { id: string }[];
    caveats: { id: string }[];
  } | null;
  checks: { id: string; outcome: string }[];
}

interface Row {
  name: string;
  expected: string;
  got: string;
  seconds: number;
}

const world = loopback('scenarios');
const rows: Row[] = [];

afterAll(() => {
  rows.sort((a, b) => a.name.localeCompare(b.name));
  const width = Math.max(...rows.map((row) => row.name.length));
  const lines = rows.map(({ name, expected, got, seconds }) => {
    const mark = expected === got ? '✔' : '✖';
    return `${mark} ${name.padEnd(width)}  ${expected.padEnd(34)} ${expected === got ? '' : got} ${seconds.toFixed(1)} s`;
  });
  console.log(`\n${lines.join('\n')}\n`);
});

async function run(scenario: Scenario): Promise<{ ran: Ran; document: Document | null; unknownHosts: string[] }> {
  const view = await world.simnet.openView(scenario);
  const home = join(world.scratch, scenario.name);
  const env = {
    ...view.env,
    NNS_WATCH_DATA_DIR: join(home, 'data'),
    HOME: home,
    MIN_DISK_GB: '1',
    MIN_RAM_GB: '1',
    STALL_TIMEOUT: '2s',
    ...scenario.env,
  };
  const fill = (args: readonly string[]): string[] =>
    args.map((arg) => arg.replace('{id}', String(view.proposalId)).replace('{commit}', view.release.commit));
  const how = scenario.lacks
    ? { installation: await installationWithout(scenario.lacks, join(home, 'installation')) }
    : {};
  try {
    if (scenario.before) await runProgram(fill(scenario.before), env);
    const args = fill(scenario.command);
    const asksJson = args.includes('--plan') || args.includes('--json');
    const ran = await runProgram(asksJson ? args : [...args, '--json'], env, how);
    const document = args.includes('--plan') || ran.stdout === '' ? null : (JSON.parse(ran.stdout) as Document);
    return { ran, document, unknownHosts: view.unknownHosts };
  } finally {
    await view.close();
    await rm(home, { recursive: true, force: true });
  }
}

function summary(outcome: string | null, reason: string | null, exit: number | null): string {
  return `${outcome ?? 'none'}${reason === null ? '' : ` ${reason}`} (${exit ?? 'killed'})`;
}

describe.concurrent('every scenario ends as the contract says', () => {
  it.each(chosen.map((scenario) => [scenario.name, scenario] as const))('%s', async (name, scenario) => {
    const { ran, document } = await run(scenario);
    const { expect: wanted } = scenario;
    const verdict = document?.verdict ?? null;
    const expected = summary(wanted.outcome, wanted.reason, wanted.exit);
    const got = summary(verdict?.outcome ?? null, verdict?.reason ?? null, ran.code);
    rows.push({ name, expected, got, seconds: ran.seconds });
    expect(got, `${scenario.wrong}\n${ran.stdout.slice(0, 6000)}\n${ran.stderr.slice(-3000)}`).toBe(expected);
    expect(ran.seconds).toBeLessThan(wanted.withinSeconds ?? Infinity);
    if (document) {
      expect(document.network).toMatch(/^NOT MAINNET: /);
      expect(faultsOf('verdict', document)).toEqual([]);
    }
    if (wanted.headline !== undefined) expect(verdict?.headline).toContain(wanted.headline);
    if (wanted.confirmed !== undefined) expect(verdict?.confirmed).toBe(wanted.confirmed);
    const ids = (list: { id: string }[] | undefined): string[] => (list ?? []).map(({ id }) => id);
    expect(ids(verdict?.findings)).toEqual(expect.arrayContaining(wanted.findings ?? []));
    expect(ids(verdict?.caveats)).toEqual(expect.arrayContaining(wanted.caveats ?? []));
    const checks = (wantedOutcome: string): string[] =>
      ids(document?.checks.filter(({ outcome }) => outcome === wantedOutcome));
    expect(checks('mismatch')).toEqual(expect.arrayContaining(wanted.mismatches ?? []));
    expect(checks('verified')).toEqual(expect.arrayContaining(wanted.verifies ?? []));
  });
});
