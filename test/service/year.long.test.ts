import { appendFileSync, readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/domain/verdict.ts';
import { isLong, seeded, testSeed } from '../support/seeded.ts';
import { chatDown } from './chat.ts';
import { check } from './checker.ts';
import { buildsFile } from './doomed.ts';
import { HOUR, Story } from './story.ts';
import { isOut, yearOf, type Year } from './year.ts';

const WEEKS = isLong ? 52 : 6;
const PACES = {
  discover: 1800,
  verify: 1800,
  clock: 1800,
  deliver: 1800,
  build: 1800,
  watchdog: 7200,
  housekeeping: 86_400,
};

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** What the process holds: megabytes of heap, open files. */
function sample(): { readonly heap: number; readonly files: number } {
  collectGarbage();
  return { heap: process.memoryUsage().heapUsed / 1e6, files: readdirSync('/proc/self/fd').length };
}

let story: Story;
afterEach(async () => story.end());

function prepare(year: Year): void {
  let life = 0;
  const noted = (what: 'begins' | 'ends', { commit, attempt }: { commit: string; attempt: number }): void =>
    appendFileSync(buildsFile(story.rig.directory), `${JSON.stringify({ what, commit, attempt, life })}\n`);
  const settings = { REMINDERS: '24h,6h,1h' };
  story = new Story(year.elections, {
    quantumSeconds: 20,
    paces: PACES,
    buildSeconds: 1800,
    leaseSeconds: 7200,
    noted,
    settings,
  });
  const { outside, bot, hook } = story;
  outside.isDown = (host, now) => isOut(year.outages[host], now);
  bot.refusal = (now) => (isOut(year.outages.bot, now) ? chatDown() : null);
  hook.refusal = (now) => (isOut(year.outages.hook, now) ? chatDown() : null);
  story.onStart = () => (life += 1);
}

async function live(year: Year): Promise<ReturnType<typeof sample>[]> {
  const samples: ReturnType<typeof sample>[] = [];
  for (const { at, downtime } of year.kills) {
    await story.supervised(at / HOUR, HOUR * 1000);
    samples.push(sample());
    await story.kill();
    await story.clock.advance(downtime * 1000);
  }
  await story.supervised(year.days * 24, HOUR * 1000);
  samples.push(sample());
  return samples;
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;

describe('a year', () => {
  it(
    `of ${WEEKS} weeks, with outages of every host and a kill each week, keeps every promise and no memory`,
    async () => {
      const began = Date.now();
      const year = yearOf(seeded(testSeed), WEEKS);
      prepare(year);
      const samples = await live(year);
      const { outside, rig, running } = story;
      const { database } = running;
      const rows = await database.db.selectFrom('verdicts').select('verdict').execute();
      const outcomes = Map.groupBy(rows, ({ verdict }) => (JSON.parse(verdict) as Verdict).outcome);
      const seconds = Math.round((Date.now() - began) / 1000);
      const quarter = Math.max(1, samples.length >> 2);
      const [first, last] = [samples.slice(0, quarter), samples.slice(-quarter)];
      const heap = [first, last].map((part) => median(part.map((each) => each.heap)));
      console.log(
        `NNS_TEST_SEED=${testSeed}: ${year.elections.length} elections, ${year.kills.length} kills, ${year.days} days in ${seconds} s; ` +
          `${[...outcomes].map(([outcome, of]) => `${of.length} ${outcome}`).join(', ')}; heap ${heap.map((mb) => mb.toFixed(1)).join(' → ')} MB`,
      );
      const { elections } = outside;
      await check({ database, elections, chats: story.chats, directory: rig.directory, kills: year.kills.length });
      expect(heap[1]! / heap[0]!).toBeLessThanOrEqual(1.05);
      expect(median(last.map(({ files }) => files))).toBeLessThanOrEqual(
        median(first.map(({ files }) => files)) * 1.05,
      );
    },
    isLong ? 1_200_000 : 120_000,
  );
});
