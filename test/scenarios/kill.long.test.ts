import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scenarios } from '../../simnet/scenarios/index.ts';
import { startSimnet, type Simnet, type SimnetView } from '../../simnet/simnet.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { bytesBelow } from '../../src/platform/footprint.ts';
import { openSqliteToRead, type Database } from '../../src/store/database.ts';
import { remains } from '../service/file-checker.ts';
import { seeded, testSeed } from '../support/seeded.ts';
import { RunningProgram } from '../support/service.ts';
import { containersOf, missingProofs, processesOf } from './aftermath.ts';
import { givenUp, WatchedBuilder } from './watched-builder.ts';

/** The real program with real builds in podman, killed; what is true of one life must be true of many. */
const KILLS = 12;
const CHANNEL = '900000000000000077';
const BUDGET_BYTES = 60e6;
const TIMELINES = ['correct-guestos', 'build-differs', 'build-fails', 'security-patch'] as const;
type Name = (typeof TIMELINES)[number];
/** What may be said at any time; the last is how it ends. */
const SAYABLE: Readonly<Record<Name, readonly string[]>> = {
  'correct-guestos': ['verified'],
  'build-differs': ['inconclusive not-deterministic', 'mismatch'],
  'build-fails': ['inconclusive build-failed'],
  'security-patch': ['inconclusive source-withheld'],
};

let simnet: Simnet;
let scratch: string;
let view: SimnetView;
let watch: RunningProgram | null = null;
let builder: WatchedBuilder;
const ids = new Map<Name, string>();

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'nns-watch-killed-'));
  builder = new WatchedBuilder(dataDir(), withDatabase);
  simnet = await startSimnet({ dataDir: join(scratch, 'simnet'), imageBytes: 200_000 });
  simnet.chat.discord.store.addChannel({ id: CHANNEL });
  const [first, ...others] = TIMELINES.map((name) => scenarios.find((each) => each.name === name)!);
  view = await simnet.openView(first!);
  for (const [index, id] of [view.proposalId, ...others.map((other) => view.elect(other))].entries())
    ids.set(TIMELINES[index]!, String(id));
});
afterAll(async () => {
  watch?.child.kill('SIGKILL');
  const left = await builder.pid();
  if (left !== null) await builder.kill(left);
  await view.close();
  await simnet.close();
  await rm(scratch, { recursive: true, force: true });
});

const home = (): string => join(scratch, 'home');
const dataDir = (): string => join(home(), 'data');
const cacheDir = (): string => join(home(), 'cache');

function start(): RunningProgram {
  const { discord, webhook } = simnet.chat;
  return new RunningProgram(['watch'], {
    ...view.env,
    HOME: home(),
    NNS_WATCH_DATA_DIR: dataDir(),
    NNS_WATCH_CACHE_DIR: cacheDir(),
    DISCORD_BOT_TOKEN: discord.botToken,
    DISCORD_CHANNEL_ID: CHANNEL,
    WEBHOOK_URL: webhook.url,
    WEBHOOK_SECRET: webhook.secret,
    STATUS_LISTEN: 'off',
    DISK_BUDGET_GB: String(BUDGET_BYTES / 1e9),
    MIN_DISK_GB: '1',
    MIN_RAM_GB: '1',
    POLL_CRON: '*/2 * * * * *',
    LOG_FORMAT: 'json',
  });
}

async function until(what: string, isSo: () => boolean | Promise<boolean>, seconds: number): Promise<void> {
  const limit = Date.now() + seconds * 1000;
  while (!(await isSo())) {
    if (Date.now() > limit) expect(watch?.stderr.slice(-4000)).toBe(what);
    await pause(100);
  }
}

/** Waits for a moment that the numbers choose, and kills what they choose. Gives what that was. */
async function killOnce(random: () => number, running: RunningProgram): Promise<string> {
  const duringBuild = random() < 0.6;
  if (duringBuild) {
    const limit = Date.now() + 30_000;
    while ((await builder.building()) === null && Date.now() < limit) await pause(50);
  }
  await pause(random() * (duringBuild ? 1500 : 3000));
  const chosen = random();
  const [ofWatch, ofBuilder] = [chosen < 0.7, chosen >= 0.4];
  const [pid, build] = [await builder.pid(), await builder.building()];
  if (ofWatch) await running.stop('SIGKILL');
  if (ofBuilder && pid !== null) {
    await builder.kill(pid);
    await until('a build that dies with its builder', () => processesOf(join(cacheDir(), 'tmp-')).length === 0, 10);
  }
  const killed = [...(ofWatch ? ['watch'] : []), ...(ofBuilder && pid !== null ? ['builder'] : [])];
  if (killed.length === 0) return '';
  return `${killed.join(' and ')}${build === null ? '' : ' while it builds'}`;
}

async function withDatabase<T>(look: (database: Database) => Promise<T>): Promise<T> {
  const database = openSqliteToRead(join(dataDir(), 'nns-watch.sqlite'));
  try {
    return await look(database);
  } finally {
    await database.close();
  }
}

interface Told {
  readonly name: Name;
  readonly verdicts: readonly Verdict[];
  /** Whether a build of its commit was given up over the deaths of builders. */
  readonly isGivenUp: boolean;
}

async function timelines(database: Database): Promise<readonly Told[]> {
  const rows = await database.db
    .selectFrom('verdicts')
    .innerJoin('runs', 'runs.id', 'verdicts.run_id')
    .select(['runs.proposal_id', 'verdicts.verdict'])
    .orderBy('verdicts.decided_at_ms')
    .orderBy('verdicts.revision')
    .execute();
  const proposals = await database.db.selectFrom('proposals').select(['id', 'commit_id']).execute();
  const over = await givenUp(database);
  return [...ids].map(([name, id]) => {
    const own = rows.filter(({ proposal_id: proposal }) => proposal === id);
    const commit = proposals.find((proposal) => proposal.id === id)?.commit_id;
    return {
      name,
      verdicts: own.map(({ verdict }) => JSON.parse(verdict) as Verdict),
      isGivenUp: over.some((build) => build.startsWith(`${commit}#`)),
    };
  });
}

/** What is still to come: verdicts, messages, work. */
async function looseEnds(): Promise<readonly string[]> {
  return withDatabase(async (database) => {
    const waiting = (await timelines(database)).filter(({ verdicts, isGivenUp }) => {
      const last = verdicts.at(-1);
      return !last || (last.outcome === 'mismatch' && last.confirmed !== true && !isGivenUp);
    });
    const unnotified = database.db.selectFrom('deliveries').selectAll().where('state', 'in', ['pending', 'retry']);
    const held = database.db.selectFrom('jobs').selectAll().where('state', '=', 'held');
    const work = [...(await unnotified.execute()), ...(await held.execute())];
    return [...waiting.map(({ name }) => name), ...work.map((row) => JSON.stringify(row))];
  }).catch((thrown: unknown) => [String(thrown)]);
}

async function checkVerdicts(database: Database): Promise<void> {
  for (const { name, verdicts, isGivenUp } of await timelines(database)) {
    const said = verdicts.map(({ outcome, reason }) => (reason === null ? outcome : `${outcome} ${reason}`));
    const may = [...SAYABLE[name], ...(isGivenUp ? ['inconclusive build-failed'] : [])];
    expect(may, `${name}: ${said.join(', ')}`).toEqual(expect.arrayContaining([...new Set(said)]));
    for (const verdict of verdicts)
      if (verdict.outcome === 'verified') expect(missingProofs(verdict, 'guestos'), name).toEqual([]);
    if (!isGivenUp) expect(said.at(-1), name).toBe(SAYABLE[name].at(-1));
  }
}

/** As the readers of both channels have it. */
async function checkTold({ db }: Database, kills: number): Promise<void> {
  const notices = await db.selectFrom('notices').select('key').where('type', '<>', 'progress').execute();
  const keys = simnet.chat.webhook.received.map(({ body }) => String(body.notice['key']));
  for (const { key } of notices) expect(keys, 'what the receiver got').toContain(key);
  expect(keys.length - new Set(keys).size, 'received twice').toBeLessThanOrEqual(kills);
  const messages = simnet.chat.discord.store.visible(CHANNEL).map((message) => JSON.stringify(message.embeds));
  for (const [name, id] of ids)
    expect(messages.filter((text) => text.includes(` · proposal ${id}"`)).length, `messages about ${name}`).toBe(1);
}

async function checkPlace(): Promise<void> {
  const workspaces = (await readdir(cacheDir())).filter((name) => name.startsWith('tmp-'));
  // One that failed by itself is kept to be looked at.
  const left = workspaces.filter((name) => !existsSync(join(cacheDir(), name, 'kept')));
  const log = left.length === 0 ? '' : await readFile(join(dataDir(), 'builder.log'), 'utf8');
  const inside = left.map((name) => `${name}: ${readdirSync(join(cacheDir(), name)).join(' ')}`);
  expect(inside, log.slice(-6000)).toEqual([]);
  expect((await bytesBelow(dataDir())) + (await bytesBelow(cacheDir())), 'bytes').toBeLessThanOrEqual(BUDGET_BYTES);
  expect(await containersOf(home()), 'containers').toEqual([]);
}

/** What another start may not change: open elections are read again, so that there are new files of evidence. */
async function settled(database: Database): Promise<object> {
  const {
    verdicts: judged,
    notices,
    deliveries,
  } = (await remains({ database, directory: dataDir() })) as Record<string, unknown>;
  const shown = simnet.chat.discord.store.visible(CHANNEL).map(({ content, embeds }) => [content, embeds]);
  const received = simnet.chat.webhook.received.map(({ id }) => id);
  return { judged, notices, deliveries, shown, received, cached: (await readdir(cacheDir())).sort() };
}

async function stopAll(): Promise<void> {
  // Before that it ends by any signal at once, as every program does.
  await watch!.until(({ stderr }) => stderr.includes('nns-watch started'));
  const { code } = await watch!.stop();
  expect(code, watch!.stderr.slice(-3000)).toBe(0);
  // A builder without a `watch` and without work ends by itself.
  await until('no process of ours', () => processesOf(home()).length === 0, 40);
}

describe('the program with its builder, killed', () => {
  it('at any moment, builds nothing twice at a time, leaves nothing behind and tells the truth, once', async () => {
    const random = seeded(testSeed);
    const kills: string[] = [];
    watch = start();
    while (kills.length < KILLS) {
      const what = await killOnce(random, watch);
      if (what !== '') kills.push(what);
      if (watch.child.signalCode !== null || watch.child.exitCode !== null) watch = start();
    }
    let left: readonly string[] = [];
    await until('the end of every story', async () => (left = await looseEnds()).length === 0, 400).catch(
      (late: unknown) => {
        throw new Error(left.join('\n'), { cause: late });
      },
    );
    await stopAll();
    console.log(`NNS_TEST_SEED=${testSeed}, ${kills.length} kills:\n  ${kills.join('\n  ')}`);
    await builder.checkTakings();
    await withDatabase(checkVerdicts);
    await withDatabase((database) => checkTold(database, kills.length));
    await checkPlace();
    const before = await withDatabase(settled);
    watch = start();
    await watch.until(({ stderr }) => stderr.includes('nns-watch started'));
    await pause(5000);
    await stopAll();
    expect(await withDatabase(settled), 'what another start changed').toEqual(before);
    await checkPlace();
  }, 900_000);
});
