import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/store/database.ts';
import { scratchDirectory } from '../support/databases.ts';
import { isLong, seeded, testSeed } from '../support/seeded.ts';
import { Chat } from './chat.ts';
import { BUDGET_BYTES, check, checkStore, type Aftermath } from './checker.ts';
import { chatFile, nowFile, passedFile, type Life, type Passed } from './doomed.ts';
import { POINTS, type Point } from './failpoints.ts';
import { remains } from './file-checker.ts';
import { RealChats } from './real-chats.ts';
import { BEGIN, electionAt, HOUR } from './timeline.ts';

const KILLS_EACH = 10;
const PROGRAM = join(import.meta.dirname, 'doomed.ts');
const END = 9;

const elections = [
  electionAt(0.1, '201', { lastsHours: 7 }),
  electionAt(0.4, '202', { lastsHours: 7, behaviour: 'mismatch' }),
  electionAt(0.8, '203', { lastsHours: 7, behaviour: 'build-fails' }),
  electionAt(1.2, '204', { lastsHours: 7, behaviour: 'withheld' }),
];

let child: ChildProcess | null = null;
afterEach(() => void child?.kill('SIGKILL'));

/** Lives one life to its end. Gives the point at which it was killed, or null. */
async function live(life: Life, environment: Readonly<Record<string, string>> = {}): Promise<Passed['died']> {
  const alive = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'inherit', 'pipe'],
  });
  const stderr: string[] = [];
  child = alive;
  alive.stderr.setEncoding('utf8').on('data', (text: string) => void stderr.push(text));
  alive.stdin.end(JSON.stringify(life));
  const [code, signal] = (await once(alive, 'close')) as [number | null, string | null];
  expect(signal === 'SIGKILL' || code === 0, stderr.join('')).toBe(true);
  const { died } = JSON.parse(readFileSync(passedFile(life.directory), 'utf8')) as Passed;
  expect(died !== null, 'killed where it says so').toBe(signal === 'SIGKILL');
  return died;
}

const timeOf = (directory: string): number =>
  existsSync(nowFile(directory)) ? Number(readFileSync(nowFile(directory), 'utf8')) : BEGIN * 1000;
const setTime = (directory: string, ms: number): void => writeFileSync(nowFile(directory), String(ms).padStart(16));

/** Everything that is left after a story, to be looked at. */
async function afterwards<T>(directory: string, kills: number, look: (after: Aftermath) => Promise<T>): Promise<T> {
  const database = openSqlite(join(directory, 'watch.sqlite'));
  const now = (): number => timeOf(directory);
  const chats = (['bot', 'webhook'] as const).map(
    (kind) => new Chat({ id: kind, kind, now, file: chatFile(directory, kind) }),
  );
  try {
    return await look({ database, elections, chats, directory, kills });
  } finally {
    await database.close();
  }
}

interface TimelineOptions {
  readonly random: () => number;
  readonly kills: number;
  /** null: chats of the test's own. */
  readonly chats: RealChats | null;
  readonly directory: string;
  readonly aims: readonly Aim[];
}

type Aim = Point | 'any';

/** Runs one story with kills at points that the numbers choose. Gives where it was killed. */
async function timeline({ random, kills: most, chats, directory, aims }: TimelineOptions): Promise<readonly Point[]> {
  mkdirSync(join(directory, 'cache'), { recursive: true });
  setTime(directory, BEGIN * 1000);
  const untilMs = (BEGIN + END * HOUR) * 1000;
  const settings = { REMINDERS: '1h', DISK_BUDGET_GB: String(BUDGET_BYTES / 1e9) };
  const notifiers = chats?.settings ?? null;
  const environment = chats?.environment(directory) ?? {};
  const plain: Life = { directory, elections, untilMs, buildSeconds: 900, settings, notifiers, doom: null };
  const died: Point[] = [];
  while (died.length < most) {
    const point = await live({ ...plain, doom: doomOf(random, aims) }, environment);
    if (point === null) break;
    died.push(point);
    if (random() < 0.5) chats?.forgetNonces();
    setTime(directory, Math.min(untilMs, timeOf(directory) + Math.floor(random() * 600_000)));
  }
  expect(await live(plain, environment), 'the last life').toBeNull();
  const before = await afterwards(directory, died.length, async (after) => {
    if (!chats) await check(after);
    else {
      await checkStore(after);
      await chats.check(after.database, elections, died.length);
    }
    return [await remains(after), chats?.everything() ?? after.chats.map(({ shown }) => shown)];
  });
  expect(await live(plain, environment), 'another start').toBeNull();
  const later = await afterwards(directory, died.length, async (after) => [
    await remains(after),
    chats?.everything() ?? after.chats.map(({ shown }) => shown),
  ]);
  expect(later, 'what another start changed').toEqual(before);
  return died;
}

const EVERYWHERE: readonly Aim[] = [...POINTS, 'any', 'any', 'any', 'any'];
/** Where what a chat shows could come to differ from what we know of it. */
const AROUND_SENDS: readonly Aim[] = ['before send', 'after send', 'after send', 'after write', 'before commit', 'any'];

/** Rare points have to be few to be met at all; requests are many where the notifiers are real. */
const MOST: Partial<Record<Aim, number>> = {
  any: 400,
  'before spawn': 1,
  'after spawn': 1,
  'build begins': 2,
  'build ends': 2,
  'before rename': 5,
  'after rename': 5,
};
const MOST_SENDS = 8;

function doomOf(random: () => number, aims: readonly Aim[]): Life['doom'] {
  const point = aims[Math.floor(random() * aims.length)]!;
  const isFew = aims === EVERYWHERE && point.endsWith('send');
  const most = isFew ? MOST_SENDS : (MOST[point] ?? 60);
  return { point, nth: 1 + Math.floor(random() * most) };
}

type Options = Pick<TimelineOptions, 'aims'> & {
  readonly wanted: number;
  readonly open: (directory: string) => Promise<RealChats | null>;
};

/** Stories until there were enough kills, each in a place of its own. Prints where they were. */
async function kill(what: string, { wanted, aims, open }: Options): Promise<void> {
  const random = seeded(testSeed);
  const died: Point[] = [];
  while (died.length < wanted) {
    const { path: directory, remove } = scratchDirectory();
    const chats = await open(directory);
    try {
      const kills = Math.min(KILLS_EACH, wanted - died.length);
      died.push(...(await timeline({ random, kills, chats, directory, aims })));
    } finally {
      await chats?.close();
    }
    remove();
  }
  const table = POINTS.map((point) => `${point} ${died.filter((each) => each === point).length}`);
  console.log(`${died.length} kills with ${what}, NNS_TEST_SEED=${testSeed}: ${table.join(', ')}`);
  for (const aim of isLong ? aims.filter((each) => each !== 'any') : [])
    expect(died, 'where it was killed').toContain(aim);
}

describe('the service, killed', () => {
  const limitMs = isLong ? 1_200_000 : 240_000;

  it(
    'at every kind of point and at random, holds what it promises',
    () => kill('chats of the test', { wanted: isLong ? 60 : 6, aims: EVERYWHERE, open: () => Promise.resolve(null) }),
    limitMs,
  );

  it(
    'with all notifiers on, shows each proposal once where it can, and nothing too seldom or too often',
    async () => {
      const open = (directory: string): Promise<RealChats> => RealChats.open(() => timeOf(directory));
      await kill('all notifiers', { wanted: isLong ? 60 : 4, aims: AROUND_SENDS, open });
    },
    limitMs,
  );
});
