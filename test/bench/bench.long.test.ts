import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const main = resolve(import.meta.dirname, '../../bench/main.ts');

it('measures every row of a small world, and says that it measured alone', { timeout: 600_000 }, async () => {
  const argv = [main, '--mib', '1', '--pairs', '1', '--rates', 'full,20', '--builds', 'same'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, argv);
  expect(stderr).toContain('measured alone');
  expect(stdout).not.toContain('FAILED');
  expect(stdout).toMatch(/\| loopback +\| same \(\d+ s\) +\| \d+\.\d s /);
  expect(stdout).toMatch(/\| 20 MiB\/s +\| same \(1 s\) +\| \d+\.\d s /);
  for (const wrong of ["the payload's hash", 'the sums of both mirrors', 'the sums of one mirror', 'the attestation']) {
    expect(stdout).toMatch(new RegExp(`\\| ${wrong} +\\| \\d+\\.\\d s`));
  }
  expect(stdout).toMatch(/fetched afresh +\| kept/);
  expect(stdout).toMatch(/submission to the verdict.*\| \d+\.\d s/);
});
