import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs everything that gates a change and ends with one line to believe: `N passed, N failed`. A step that runs no
 * test, or whose report is missing, counts as failed. `--long`: the full counts, and the suites `*.long.test.ts`.
 */
const long = process.argv.includes('--long') ? '1' : '';
const reports = mkdtempSync(join(tmpdir(), 'nns-watch-test-'));
/** The same program is started hundreds of times: it is compiled once. */
const NODE_COMPILE_CACHE = join(reports, 'compiled');
const env = { ...process.env, NNS_TEST_LONG: long, NNS_TEST_BUILT: '1', NODE_COMPILE_CACHE };
const total = { passed: 0, failed: 0 };

interface Ended {
  ok: boolean;
  output: string;
}

/** Standard output and error together; shown as they come, or kept for later. */
function run(argv: [string, ...string[]], shown: boolean): Promise<Ended> {
  const child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'pipe', 'pipe'], env });
  let output = '';
  const take = (text: string): void => {
    if (shown) process.stdout.write(text);
    else output += text;
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  return new Promise((done) => child.on('close', (code) => done({ ok: code === 0, output })));
}

async function step(name: string, argv: [string, ...string[]]): Promise<void> {
  const began = Date.now();
  const { ok } = await run(argv, true);
  total[ok ? 'passed' : 'failed'] += 1;
  console.log(`${ok ? '✔' : '✖'} ${name} (${Math.round((Date.now() - began) / 1000)} s)`);
}

async function suite(project: string, shown: boolean): Promise<string> {
  const report = join(reports, `${project}.json`);
  const reporters = ['--reporter', 'default', '--reporter', 'json', '--outputFile.json', report];
  const { ok, output } = await run(['vitest', 'run', '--project', project, ...reporters], shown);
  const counts = read(report);
  total.passed += counts.passed;
  total.failed += counts.failed;
  if (counts.passed === 0 || (!ok && counts.failed === 0)) total.failed += 1;
  return output;
}

function read(report: string): { passed: number; failed: number } {
  try {
    const json = JSON.parse(readFileSync(report, 'utf8')) as { numPassedTests: number; numFailedTests: number };
    return { passed: json.numPassedTests, failed: json.numFailedTests };
  } catch {
    return { passed: 0, failed: 0 };
  }
}

// Two at a time: the scenarios wait for time-outs much of the time. What runs beside is shown once it is whole.
const beside = suite('e2e', false).then(async (output) => {
  await step('types', ['tsc', '--noEmit', '-p', 'tsconfig.json']);
  await step('lint', ['eslint', '.']);
  await step('format', ['prettier', '--check', '--log-level', 'warn', '.']);
  return output;
});
await suite('unit', true);
await suite('alone', true);
console.log(await beside);
rmSync(reports, { recursive: true, force: true });

console.log(`\n${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed === 0 ? 0 : 1;
