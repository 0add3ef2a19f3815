import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs everything that gates a change and ends with one line to believe: `N passed, N failed`.
 * A step that runs no test, or whose report is missing, counts as failed.
 */
const long = process.argv.includes('--long');
const reports = mkdtempSync(join(tmpdir(), 'nns-watch-test-'));
const total = { passed: 0, failed: 0 };

function step(name: string, argv: [string, ...string[]]): void {
  const began = Date.now();
  const { status } = spawnSync(argv[0], argv.slice(1), { stdio: ['ignore', 'inherit', 'inherit'] });
  const seconds = Math.round((Date.now() - began) / 1000);
  total[status === 0 ? 'passed' : 'failed'] += 1;
  console.log(`${status === 0 ? '✔' : '✖'} ${name} (${seconds} s)`);
}

function suite(project: string): void {
  const report = join(reports, `${project}.json`);
  const argv = [
    'run',
    '--project',
    project,
    '--reporter',
    'default',
    '--reporter',
    'json',
    '--outputFile.json',
    report,
  ];
  const { status } = spawnSync('vitest', argv, {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NNS_TEST_LONG: long ? '1' : '' },
  });
  const counts = read(report);
  total.passed += counts.passed;
  total.failed += counts.failed;
  if (counts.passed === 0 || (status !== 0 && counts.failed === 0)) total.failed += 1;
}

function read(report: string): { passed: number; failed: number } {
  try {
    const json = JSON.parse(readFileSync(report, 'utf8')) as { numPassedTests: number; numFailedTests: number };
    return { passed: json.numPassedTests, failed: json.numFailedTests };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

step('types', ['tsc', '--noEmit', '-p', 'tsconfig.json']);
step('lint', ['eslint', '.']);
step('format', ['prettier', '--check', '--log-level', 'warn', '.']);
suite('unit');
suite('e2e');
rmSync(reports, { recursive: true, force: true });

console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
