import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { scenarios } from './scenarios/index.ts';
import { startSimnet, type Simnet } from './simnet.ts';
import type { Scenario } from './types.ts';

/** Three elections on the loopback Internet, one per outcome, each verified by the real program. */
const SHOWN: { name: string; outcome: string; exit: number }[] = [
  { name: 'correct-guestos', outcome: 'verified', exit: 0 },
  { name: 'build-differs', outcome: 'mismatch', exit: 10 },
  { name: 'security-patch', outcome: 'inconclusive', exit: 11 },
];

const program = resolve(import.meta.dirname, '../bin/nns-watch');

async function verify(simnet: Simnet, scenario: Scenario, scratch: string): Promise<number | null> {
  const view = await simnet.openView(scenario);
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '/root',
    TERM: process.env['TERM'] ?? 'dumb',
    ...view.env,
    NNS_WATCH_DATA_DIR: join(scratch, scenario.name, 'data'),
    NNS_WATCH_CACHE_DIR: join(scratch, scenario.name, 'cache'),
    MIN_DISK_GB: '1',
    MIN_RAM_GB: '1',
  };
  console.log(`\n━━━ ${scenario.wrong}\n$ nns-watch verify -p ${view.proposalId}\n`);
  const child = spawn(program, ['verify', '-p', String(view.proposalId)], {
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const code = await new Promise<number | null>((done) => child.on('close', done));
  await view.close();
  return code;
}

const scratch = await mkdtemp(join(tmpdir(), 'nns-watch-demo-'));
const simnet = await startSimnet({ dataDir: join(scratch, 'simnet') });
const rows: string[] = [];
try {
  for (const { name, outcome, exit } of SHOWN) {
    const scenario = scenarios.find((candidate) => candidate.name === name);
    if (!scenario) throw new Error(`no scenario ${name}`);
    const code = await verify(simnet, scenario, scratch);
    rows.push(`${code === exit ? '✔' : '✖'} ${scenario.wrong} → ${outcome} (exit ${code ?? 'none'})`);
    if (code !== exit) process.exitCode = 1;
  }
} finally {
  await simnet.close();
  await rm(scratch, { recursive: true, force: true });
}
console.log(`\n━━━ What happened\n${rows.join('\n')}`);
