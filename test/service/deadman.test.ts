import { afterEach, expect, it } from 'vitest';
import { chatDown } from './chat.ts';
import { BEGIN, electionAt, HOUR, Timeline, type TimelineOptions } from './timeline.ts';

/** When the dead man's switch is pressed: by the real loops on a virtual clock. */
let timeline: Timeline;
afterEach(() => timeline.end());

const SWITCH = 'https://deadman.example/ping/1';
const PACES = { discover: 300, verify: 120, clock: 300, deliver: 120, build: 120, watchdog: 60, deadman: 300 };
/** Hours: a loop that fails is not well for ten minutes at most; a channel is given ten more. */
const GRACE = 0.4;

async function begin(options: TimelineOptions = {}): Promise<number[]> {
  const hours: number[] = [];
  const fetch: typeof globalThis.fetch = async (url) => {
    expect(url).toBe(SWITCH);
    hours.push((timeline.clock.now() / 1000 - BEGIN) / HOUR);
    return new Response('ok');
  };
  timeline = new Timeline([electionAt(1.1, '201', { lastsHours: 9 })], {
    paces: PACES,
    fetch,
    ...options,
    settings: { DEADMAN_URL: SWITCH, REMINDERS: '1m', ...options.settings },
  });
  await timeline.start();
  return hours;
}

it('is pressed every five minutes while all is well, not while polls fail, and again after', async () => {
  const hours = await begin();
  await timeline.until(1);
  expect(hours.length).toBeGreaterThanOrEqual(11);
  timeline.outside.isDown = (host) => host === 'governance';
  await timeline.until(2);
  expect(hours.filter((hour) => hour > 1 + GRACE)).toEqual([]);
  timeline.outside.isDown = () => false;
  await timeline.until(3);
  expect(hours.filter((hour) => hour > 2).length).toBeGreaterThanOrEqual(10);
});

it('is not pressed while no channel can be told anything', async () => {
  const hours = await begin();
  await timeline.until(1);
  for (const chat of timeline.chats) chat.refusal = () => chatDown();
  await timeline.until(2);
  expect(hours.filter((hour) => hour < 1.1).length).toBeGreaterThanOrEqual(12);
  expect(hours.filter((hour) => hour > 1.1 + GRACE)).toEqual([]);
  for (const chat of timeline.chats) chat.refusal = () => null;
  await timeline.until(3.5);
  expect(hours.filter((hour) => hour > 3).length).toBeGreaterThan(3);
});

it('is never pressed where the disk has no room for a build', async () => {
  const hours = await begin({ settings: { MIN_DISK_GB: '99999' }, spawned: () => undefined });
  await timeline.until(1);
  expect(hours).toEqual([]);
});

it('is not pressed while no builder can be started, which is told', async () => {
  let refuses = true;
  const spawned = (): void => {
    if (refuses) throw new Error('no process can be started');
  };
  const hours = await begin({ spawned });
  await timeline.until(1);
  expect(hours).toEqual([]);
  const told = (): string[] => timeline.hook.of('trouble').map(({ sentence }) => sentence);
  expect(told()).toEqual([expect.stringContaining('Trouble: keeping a builder running has failed for')]);
  refuses = false;
  await timeline.until(2);
  expect(hours.length).toBeGreaterThan(5);
  expect(told()).toHaveLength(2);
});
