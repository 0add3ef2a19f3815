import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { scenarios } from './scenarios/index.ts';
import { startSimnet, type Simnet, type SimnetView } from './simnet.ts';
import type { Scenario } from './types.ts';

/**
 * The whole program on the loopback Internet: three elections appear, are built, judged and told in a Discord channel
 * and on this terminal; one is decided, one closes. Ends with a table of what a reader of the channel saw.
 */
const STORY: { name: string; word: string }[] = [
  { name: 'correct-guestos', word: 'VERIFIED' },
  { name: 'build-differs', word: 'MISMATCH' },
  { name: 'security-patch', word: 'INCONCLUSIVE' },
];
const CHANNEL = '900000000000000001';
const GRACE_MS = 180_000;
const EXECUTED = 4;
const CLOSES_AFTER_S = 40n;

/** Where neither root nor sudo is to be had: the demo is root of a user namespace, with stand-ins for sudo and podman. */
const withoutRoot = process.argv.includes('--without-root');

const program = resolve(import.meta.dirname, '../bin/nns-watch');

function scenario(name: string): Scenario {
  const found = scenarios.find((each) => each.name === name);
  if (!found) throw new Error(`no scenario ${name}`);
  return found;
}

/** What a reader of the channel sees now, one text per message. */
function visible(simnet: Simnet): string[] {
  return simnet.chat.discord.store.visible(CHANNEL).map((message) => JSON.stringify(message));
}

async function until(simnet: Simnet, child: ChildProcess, shown: (texts: string[]) => boolean): Promise<boolean> {
  const end = Date.now() + GRACE_MS;
  while (!shown(visible(simnet))) {
    if (Date.now() > end || child.exitCode !== null) return false;
    await pause(200);
  }
  return true;
}

/** Copied to a place that no build's isolation hides. */
async function standIns(): Promise<string> {
  const directory = await mkdtemp('/var/tmp/nns-watch-demo-');
  await cp(resolve(import.meta.dirname, 'without-root'), directory, { recursive: true });
  await chmod(directory, 0o755);
  return directory;
}

function watch(view: SimnetView, scratch: string, webhook: string, programs: string | null): ChildProcess {
  const path = process.env['PATH'] ?? '';
  // In a container that is not ours even a user namespace may not make all that isolates a build.
  const plain = programs === null ? {} : { PATH: `${programs}:${path}`, BUILD_ISOLATION: 'if-possible' };
  const env = {
    PATH: path,
    ...plain,
    HOME: join(scratch, 'home'),
    ...view.env,
    DISCORD_WEBHOOK_URL: webhook,
    NNS_WATCH_DATA_DIR: join(scratch, 'data'),
    POLL_CRON: '*/2 * * * * *',
    STATUS_LISTEN: 'off',
    MIN_DISK_GB: '1',
    MIN_RAM_GB: '1',
    LOG_FORMAT: 'pretty',
  };
  console.log('$ nns-watch watch\n');
  return spawn(program, ['watch'], { env, stdio: ['ignore', 'inherit', 'inherit'] });
}

async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise((done) => child.once('close', done));
  child.kill('SIGTERM');
  await ended;
}

const scratch = await mkdtemp(join(tmpdir(), 'nns-watch-demo-'));
const programs = withoutRoot ? await standIns() : null;
const simnet = await startSimnet({ dataDir: join(scratch, 'simnet'), containers: !withoutRoot });
const [first, ...others] = STORY.map(({ name }) => scenario(name));
if (!first) throw new Error('an empty story');
const view = await simnet.openView(first);
const { url } = simnet.chat.discord.addWebhook(CHANNEL);
const ids = [view.proposalId, ...others.map((other) => view.elect(other))];
const [decided = 0n, closes = 0n] = ids;
const seconds = (): bigint => BigInt(Math.floor(Date.now() / 1000));
// Deadlines never move to an earlier time, so this one is near from the start.
simnet.ic.book.change(view, closes, { deadline: seconds() + CLOSES_AFTER_S });
const child = watch(view, scratch, url, programs);
const rows: [what: string, happened: boolean][] = [];
try {
  for (const [index, { name, word }] of STORY.entries()) {
    const id = String(ids[index]);
    const told = await until(simnet, child, (texts) => texts.some((text) => text.includes(id) && text.includes(word)));
    rows.push([`proposal ${id}: ${scenario(name).wrong} → ${word}`, told]);
  }
  console.log('\n━━━ The first proposal is adopted and executed; voting on the second closes in a moment.\n');
  simnet.ic.book.change(view, decided, { status: EXECUTED, decided: seconds() });
  for (const [id, word] of [
    [decided, 'executed'],
    [closes, 'closed'],
  ] as const) {
    const shows = (texts: string[]): boolean =>
      texts.some((text) => text.includes(String(id)) && text.toLowerCase().includes(word));
    rows.push([`proposal ${id}: told as ${word}`, await until(simnet, child, shows)]);
  }
} finally {
  await stopped(child);
  console.log(`\n━━━ What happened, as the readers of the channel saw it (${visible(simnet).length} messages)`);
  for (const [what, happened] of rows) console.log(`${happened ? '✔' : '✖'} ${what}`);
  await view.close();
  await simnet.close();
  for (const path of [scratch, ...(programs === null ? [] : [programs])])
    await rm(path, { recursive: true, force: true });
}
process.exitCode = rows.length === STORY.length + 2 && rows.every(([, happened]) => happened) ? 0 : 1;
