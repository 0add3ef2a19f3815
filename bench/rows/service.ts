import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { SimnetView } from '../../simnet/simnet.ts';
import { table } from '../table.ts';
import { inScratch, programEnv } from '../tools.ts';
import { inWorld, MiB, type World } from '../world.ts';
import type { BenchDeps, Measured } from './bench-deps.ts';

const POLL_S = 2;
const BUILD_S = 5;
const QUIET_POLLS = 10;
/** Questions within a poll's time. */
const AT_REST = 4;
const ANSWERED_MS = 300;
const CHANNEL = '900000000000000001';
const LIMIT_MS = 180_000;
const GOVERNANCE = /^https:\/\/(?:icp-api\.io|icp0\.io|ic0\.app)\/api\/v\d\/canister\//;

interface Watched {
  readonly firstPoll: number;
  readonly firstMessage: number;
  readonly verdict: number;
  readonly requestsAtStart: number;
  readonly requestsPerPoll: number;
  readonly residentMiB: number;
}

/** The service from its start to a verdict in the channel, and what it costs when nothing happens. */
export async function service({ settings, say }: BenchDeps): Promise<Measured> {
  const watched = await inWorld(settings.scratch, { imageBytes: 8 * MiB, buildSeconds: BUILD_S }, (world) =>
    inScratch(settings.scratch, (home) => watch(world, home)),
  );
  say(`a message after ${watched.firstMessage.toFixed(1)} s, a verdict after ${watched.verdict.toFixed(1)} s`);
  const perDay = Math.round(watched.requestsPerPoll * 1440 + watched.requestsAtStart * 24);
  const rows = [
    ['start to the first question to governance', `${watched.firstPoll.toFixed(1)} s`],
    [`submission to the first message (poll every ${POLL_S} s, just missed)`, `${watched.firstMessage.toFixed(1)} s`],
    [`submission to the verdict (build of ${BUILD_S} s, the longer of both)`, `${watched.verdict.toFixed(1)} s`],
    ['requests to the IC a day (1440 polls, 24 full readings)', String(perDay)],
    [`resident memory of the service after a verdict and ${QUIET_POLLS} quiet polls`, `${watched.residentMiB} MiB`],
  ];
  return { title: 'The service', text: table(['what', 'cost'], rows), raw: watched };
}

async function watch({ simnet, open }: World, home: string): Promise<Watched> {
  const view = await open({ elects: 'retire-only', payload: { retires: [] } });
  const { url } = simnet.chat.discord.addWebhook(CHANNEL);
  const env = {
    PATH: process.env['PATH'] ?? '',
    ...programEnv(view, home),
    DISCORD_WEBHOOK_URL: url,
    NNS_WATCH_CACHE_DIR: join(home, 'cache'),
    COMPONENTS: 'guestos',
    STATUS_LISTEN: 'off',
    POLL_CRON: `*/${POLL_S} * * * * *`,
  };
  const began = performance.now();
  const child = spawn(resolve(import.meta.dirname, '../../bin/nns-watch'), ['watch'], { env, stdio: 'ignore' });
  const since = (start: number): number => (performance.now() - start) / 1000;
  const shows = (id: bigint, word: string): boolean =>
    simnet.chat.discord.store
      .visible(CHANNEL)
      .some((message) => [String(id), word].every((text) => JSON.stringify(message).includes(text)));
  try {
    await until(() => asked(view) > 0);
    const firstPoll = since(began);
    await until(() => shows(view.proposalId, ''));
    const requestsAtStart = asked(view);
    await afterQuietPoll(view);
    const submitted = performance.now();
    const id = view.elect({ ...view.scenario, elects: 'guestos', payload: {} });
    await until(() => shows(id, ''));
    const firstMessage = since(submitted);
    await until(() => shows(id, 'VERIFIED'));
    const verdict = since(submitted);
    const before = asked(view);
    await pause(QUIET_POLLS * POLL_S * 1000);
    const requestsPerPoll = (asked(view) - before) / QUIET_POLLS;
    const residentMiB = Math.round(residentOf(child.pid) / 1024);
    return { firstPoll, firstMessage, verdict, requestsAtStart, requestsPerPoll, residentMiB };
  } finally {
    const ended = new Promise((done) => child.once('close', done));
    child.kill('SIGTERM');
    await ended;
    await view.close();
  }
}

/**
 * Until a service asks a question or two at each poll, as it does once it has read every election that there ever was;
 * and one of these polls is just over, so that what is submitted now waits for the whole of the next.
 */
async function afterQuietPoll(view: SimnetView): Promise<void> {
  let before = -Infinity;
  while (asked(view) - before > AT_REST) {
    before = asked(view);
    await pause(POLL_S * 1000);
  }
  before = asked(view);
  await until(() => asked(view) > before);
  await pause(ANSWERED_MS);
}

function asked({ requests }: SimnetView): number {
  return requests.filter(({ url }) => GOVERNANCE.test(url)).length;
}

async function until(done: () => boolean): Promise<void> {
  const end = performance.now() + LIMIT_MS;
  while (!done()) {
    if (performance.now() > end) throw new Error('the service did not do it in time');
    await pause(20);
  }
}

/** KiB. */
function residentOf(pid: number | undefined): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid ?? 0}/status`, 'utf8'))?.[1]);
}
