import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSqlite } from '../../src/store/database.ts';
import { scratchDirectory } from '../support/databases.ts';
import { isLong, seeded, testSeed } from '../support/seeded.ts';
import { Chat } from './chat.ts';
import { check, type Aftermath } from './checker.ts';
import { chatFile, nowFile, type Life } from './doomed.ts';
import { POINTS } from './failpoints.ts';
import { BEGIN, electionAt, HOUR } from './story.ts';

const WANTED = isLong ? 100 : 20;
const KILLS_A_STORY = 10;
const PROGRAM = join(import.meta.dirname, 'doomed.ts');
const END = 9;

const elections = [
  electionAt(0.1, '201', { lastsHours: 7 }),
  electionAt(0.4, '202', { lastsHours: 7, behaviour: 'mismatch' }),
  electionAt(0.8, '203', { lastsHours: 7, behaviour: 'build-fails' }),
  electionAt(1.2, '204', { lastsHours: 7, behaviour: 'withheld' }),
];

/** Lives one life to its end; true: it was killed. */
async function live(life: Life): Promise<boolean> {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM], {
    stdio: ['pipe', 'inherit', 'pipe'],
  });
  const stderr: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => void stderr.push(text));
  child.stdin.end(JSON.stringify(life));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  if (signal === 'SIGKILL') return true;
  expect(code, stderr.join('')).toBe(0);
  return false;
}

const timeOf = (directory: string): number => Number(readFileSync(nowFile(directory), 'utf8'));
const setTime = (directory: string, ms: number): void => writeFileSync(nowFile(directory), String(ms).padStart(16));

function aftermath(directory: string, kills: number): Aftermath & { close: () => Promise<void> } {
  const database = openSqlite(join(directory, 'watch.sqlite'));
  const now = (): number => timeOf(directory);
  const chats = (['bot', 'webhook'] as const).map(
    (kind) => new Chat({ id: kind, kind, now, file: chatFile(directory, kind) }),
  );
  return { database, elections, chats, directory, kills, close: () => database.close() };
}

/** Runs one story with kills at points that the numbers choose. Gives the table of its kills. */
async function story(random: () => number, most: number): Promise<string[]> {
  const { path: directory, remove } = scratchDirectory();
  mkdirSync(join(directory, 'cache'), { recursive: true });
  setTime(directory, BEGIN * 1000);
  const untilMs = (BEGIN + END * HOUR) * 1000;
  const settings = { REMINDERS: '1h' };
  const plain: Life = { directory, elections, untilMs, buildSeconds: 900, settings, doom: null };
  const table: string[] = [];
  while (table.length < most) {
    const point = random() < 0.3 ? 'any' : POINTS[Math.floor(random() * POINTS.length)]!;
    const nth = 1 + Math.floor(random() * (point === 'any' ? 400 : (MOST[point] ?? 60)));
    if (!(await live({ ...plain, doom: { point, nth } }))) break;
    const hour = ((timeOf(directory) / 1000 - BEGIN) / HOUR).toFixed(2);
    table.push(`${point.padEnd(13)} ${String(nth).padStart(4)}  at ${hour} h`);
    setTime(directory, Math.min(untilMs, timeOf(directory) + Math.floor(random() * 600_000)));
  }
  expect(await live(plain), 'the last life').toBe(false);
  const after = aftermath(directory, table.length);
  await check(after);
  const told = after.chats.map(({ shown }) => shown.length);
  await after.close();
  expect(await live(plain), 'another start').toBe(false);
  const later = aftermath(directory, table.length);
  expect(
    later.chats.map(({ shown }) => shown.length),
    'told by another start',
  ).toEqual(told);
  await later.close();
  remove();
  return table;
}

/** Rare points have to be few to be met at all. */
const MOST: Partial<Record<string, number>> = {
  'build begins': 2,
  'build ends': 2,
  'before send': 8,
  'after send': 8,
  'before rename': 5,
  'after rename': 5,
};

describe('the service, killed', () => {
  it(
    `${WANTED} times, at every kind of point and at random, holds what it promises`,
    async () => {
      const random = seeded(testSeed);
      const table: string[] = [];
      while (table.length < WANTED)
        table.push(...(await story(random, Math.min(KILLS_A_STORY, WANTED - table.length))));
      console.log(`kills with NNS_TEST_SEED=${testSeed}:\n  ${table.join('\n  ')}`);
      expect(table.length).toBeGreaterThanOrEqual(WANTED);
    },
    isLong ? 1_200_000 : 240_000,
  );
});
