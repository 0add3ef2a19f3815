import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { readable, readMessage } from './chat/discord-text.ts';
import { boxWidth, eventLine, logEvent, messageBox } from './demo-screen.ts';
import { scenarios } from './scenarios/index.ts';
import { startSimnet, type Simnet, type SimnetView } from './simnet.ts';
import type { Scenario } from './types.ts';

/**
 * The whole program on the loopback Internet: three elections appear, are built, judged and told in a Discord channel,
 * whose messages this terminal shows as they come; one is decided, one closes. Ends with a table of what a reader of the
 * channel saw; with `--stay` once it is interrupted.
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
const stays = process.argv.includes('--stay');
const width = boxWidth(process.stdout.columns);
const say = (what: string): void => console.log(eventLine(Date.now(), what, width));

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

/** Ended by the first signal; the second ends all at once. */
const stop = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());

/** The first line of each message that was shown. A message that is edited is shown again where it has a verdict. */
const shownLines = new Map<string, string>();

function showMessages(simnet: Simnet): void {
  for (const message of simnet.chat.discord.store.visible(CHANNEL)) {
    const before = shownLines.get(message.id);
    if (before === message.content) continue;
    shownLines.set(message.id, message.content);
    if (before !== undefined && !STORY.some(({ word }) => message.content.includes(word))) {
      say(`In the channel, edited: ${readable(message.content, Date.now())}`);
    } else {
      const title = `#elections · nns-watch${before === undefined ? '' : ' · edited'}`;
      console.log(messageBox(message, title, Date.now(), width));
    }
  }
}

async function until(simnet: Simnet, child: ChildProcess, shown: (texts: string[]) => boolean): Promise<boolean> {
  const end = Date.now() + GRACE_MS;
  for (;;) {
    showMessages(simnet);
    if (shown(visible(simnet))) return true;
    if (Date.now() > end || child.exitCode !== null || stop.signal.aborted) return false;
    await pause(200);
  }
}

/** The line of the proposal's message in which a reader finds this word. */
function lineWith(word: string, id: bigint, simnet: Simnet): string {
  const texts = simnet.chat.discord.store.visible(CHANNEL).map((message) => readMessage(message, Date.now()));
  const lines = texts.map((text) => [...text.lines, ...text.embeds.flatMap((embed) => embed.lines)]);
  const mine = lines.filter((each) => each.some((line) => line.includes(String(id)))).flat();
  return mine.find((line) => line.toLowerCase().includes(word)) ?? word;
}

/** The page's own address; another one where somebody has that already. */
async function pageAddress(): Promise<string> {
  for (const port of [8180, 0]) {
    const server = createServer().listen(port, '127.0.0.1');
    const [event] = await Promise.race([
      once(server, 'listening').then(() => ['listening']),
      once(server, 'error').then(
        () => ['error'],
        () => ['error'],
      ),
    ]);
    if (event === 'error') continue;
    const { port: free } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    return `127.0.0.1:${free}`;
  }
  return 'off';
}

/** Copied to a place that no build's isolation hides. */
async function standIns(): Promise<string> {
  const directory = await mkdtemp('/var/tmp/nns-watch-demo-');
  await cp(resolve(import.meta.dirname, 'without-root'), directory, { recursive: true });
  await chmod(directory, 0o755);
  return directory;
}

interface Setting {
  readonly view: SimnetView;
  readonly scratch: string;
  readonly webhook: string;
  readonly page: string;
  readonly programs: string | null;
}

function watch({ view, scratch, webhook, page, programs }: Setting): ChildProcess {
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
    STATUS_LISTEN: page,
    MIN_DISK_GB: '1',
    MIN_RAM_GB: '1',
    LOG_FORMAT: 'json',
  };
  console.log('$ nns-watch watch');
  const child = spawn(program, ['watch'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let last = '';
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      const event = logEvent(line);
      if (event !== null && event !== last) say(event);
      last = event ?? last;
    });
  }
  return child;
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
const page = await pageAddress();
console.log('A small Internet on this machine: nothing outside it is touched. Three elections are open:');
for (const [index, { name }] of STORY.entries())
  console.log(`  proposal ${String(ids[index])}: ${scenario(name).wrong}`);
const child = watch({ view, scratch, webhook: url, page, programs });
if (page !== 'off') console.log(`━━━ The status page: open http://${page}/ in a browser while this runs.`);
const rows: [what: string, happened: boolean][] = [];
try {
  for (const [index, { name, word }] of STORY.entries()) {
    const id = String(ids[index]);
    const told = await until(simnet, child, (texts) => texts.some((text) => text.includes(id) && text.includes(word)));
    rows.push([`proposal ${id}: ${scenario(name).wrong} → ${word}`, told]);
  }
  say('━━━ The first proposal is adopted and executed; voting on the second closes in a moment.');
  simnet.ic.book.change(view, decided, { status: EXECUTED, decided: seconds() });
  for (const [id, word] of [
    [decided, 'executed'],
    [closes, 'closed'],
  ] as const) {
    const shows = (texts: string[]): boolean =>
      texts.some((text) => text.includes(String(id)) && text.toLowerCase().includes(word));
    const isShown = await until(simnet, child, shows);
    if (isShown) say(`In the channel, edited: proposal ${id} · ${lineWith(word, id, simnet)}`);
    rows.push([`proposal ${id}: told as ${word}`, isShown]);
  }
  if (stays && !stop.signal.aborted) {
    say('━━━ The service goes on until you interrupt it (Ctrl-C).');
    await once(child, 'close', { signal: stop.signal }).catch(() => undefined);
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
