import { appendFileSync, readdirSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, describe, expect, it } from 'vitest';
import type { Verdict } from '../../src/domain/verdict.ts';
import { bytesBelow } from '../../src/platform/footprint.ts';
import { seeded, testSeed } from '../support/seeded.ts';
import { chatDown } from './chat.ts';
import { check } from './checker.ts';
import { buildsFile } from './doomed.ts';
import { HOUR, Timeline } from './timeline.ts';
import { isOut, yearOf, type Year } from './year.ts';

const WEEKS = 52;
const PACES = {
  discover: 1800,
  verify: 1800,
  clock: 1800,
  deliver: 1800,
  build: 1800,
  watchdog: 7200,
  // Looking at each file ever kept takes longer than all else; a week is nothing to them.
  retentionRounds: 604_800,
};

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const BUDGET_BYTES = 500e6;

/** What the process holds once nothing is left to be collected: megabytes, open files. */
function sample(): { readonly memory: number; readonly files: number } {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return { memory: (heapUsed + external) / 1e6, files: readdirSync('/proc/self/fd').length };
}

let timeline: Timeline;
afterEach(async () => timeline.end(), 120_000);

function prepare(year: Year): void {
  let life = 0;
  const noted = (what: 'begins' | 'ends', { commit, attempt }: { commit: string; attempt: number }): void =>
    appendFileSync(buildsFile(timeline.rig.directory), `${JSON.stringify({ what, commit, attempt, life })}\n`);
  const settings = { REMINDERS: '24h,6h,1h' };
  timeline = new Timeline(year.elections, {
    quantumSeconds: 20,
    paces: PACES,
    buildSeconds: 1800,
    leaseSeconds: 7200,
    noted,
    settings,
  });
  const { outside, bot, hook } = timeline;
  outside.isDown = (host, now) => isOut(year.outages[host], now);
  bot.refusal = (now) => (isOut(year.outages.bot, now) ? chatDown() : null);
  hook.refusal = (now) => (isOut(year.outages.hook, now) ? chatDown() : null);
  timeline.onStart = () => (life += 1);
}

async function live(year: Year): Promise<ReturnType<typeof sample>[]> {
  const samples: ReturnType<typeof sample>[] = [];
  for (const { at, downtime } of year.kills) {
    await timeline.supervised(at / HOUR, HOUR * 1000);
    samples.push(sample());
    await timeline.kill();
    await timeline.clock.advance(downtime * 1000);
  }
  await timeline.supervised(year.days * 24, HOUR * 1000);
  samples.push(sample());
  return samples;
}

const median = (numbers: readonly number[]): number => [...numbers].sort((a, b) => a - b)[numbers.length >> 1]!;

describe('a year', () => {
  it(`of ${WEEKS} weeks, with outages of every host and a kill each week, keeps every promise and no memory`, async () => {
    const began = Date.now();
    const year = yearOf(seeded(testSeed), WEEKS);
    prepare(year);
    const samples = await live(year);
    const { outside, rig, running } = timeline;
    const { database } = running;
    const rows = await database.db.selectFrom('verdicts').select('verdict').execute();
    const outcomes = Map.groupBy(rows, ({ verdict }) => (JSON.parse(verdict) as Verdict).outcome);
    const seconds = Math.round((Date.now() - began) / 1000);
    const quarter = Math.max(1, samples.length >> 2);
    const [first, last] = [samples.slice(0, quarter), samples.slice(-quarter)];
    const memory = [first, last].map((part) => median(part.map((each) => each.memory)));
    const files = [first, last].map((part) => median(part.map((each) => each.files)));
    console.log(
      `NNS_TEST_SEED=${testSeed}: ${year.elections.length} elections, ${year.kills.length} kills, ${year.days} days in ${seconds} s; ` +
        `${[...outcomes].map(([outcome, of]) => `${of.length} ${outcome}`).join(', ')}; ` +
        `first and last quarter: ${memory.map((mb) => mb.toFixed(1)).join(' → ')} MB, ${files.join(' → ')} open files; ` +
        `${Math.round((await bytesBelow(rig.directory)) / 1e6)} MB on disk`,
    );
    const { elections } = outside;
    const { directory } = rig;
    const kills = year.kills.length;
    await check({ database, elections, chats: timeline.chats, directory, kills, budgetBytes: BUDGET_BYTES });
    expect(memory[1]! / memory[0]!, 'memory').toBeLessThanOrEqual(1.05);
    expect(files[1]! / files[0]!, 'open files').toBeLessThanOrEqual(1.05);
  }, 1_800_000);
});
