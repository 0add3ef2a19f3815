import { afterEach, expect, it } from 'vitest';
import { chatDown } from './chat.ts';
import { BEGIN, electionAt, HOUR, Story, type StoryOptions } from './story.ts';

/** When the dead man's switch is pressed: by the real loops on a virtual clock. */
let story: Story;
afterEach(() => story.end());

const SWITCH = 'https://deadman.example/ping/1';
const PACES = { discover: 300, verify: 120, clock: 300, deliver: 120, build: 120, watchdog: 60, deadman: 300 };
/** Hours: a loop that fails is not well for ten minutes at most; a channel is given ten more. */
const PATIENCE = 0.4;

async function begin(options: StoryOptions = {}): Promise<number[]> {
  const hours: number[] = [];
  const fetch: typeof globalThis.fetch = async (url) => {
    expect(url).toBe(SWITCH);
    hours.push((story.clock.now() / 1000 - BEGIN) / HOUR);
    return new Response('ok');
  };
  story = new Story([electionAt(1.1, '201', { lastsHours: 9 })], {
    paces: PACES,
    fetch,
    ...options,
    settings: { DEADMAN_URL: SWITCH, REMINDERS: '1m', ...options.settings },
  });
  await story.start();
  return hours;
}

it('is pressed every five minutes while all is well, not while polls fail, and again after', async () => {
  const hours = await begin();
  await story.until(1);
  expect(hours.length).toBeGreaterThanOrEqual(11);
  story.outside.isDown = (host) => host === 'governance';
  await story.until(2);
  expect(hours.filter((hour) => hour > 1 + PATIENCE)).toEqual([]);
  story.outside.isDown = () => false;
  await story.until(3);
  expect(hours.filter((hour) => hour > 2).length).toBeGreaterThanOrEqual(10);
});

it('is not pressed while no channel can be told anything', async () => {
  const hours = await begin();
  await story.until(1);
  for (const chat of story.chats) chat.refusal = () => chatDown();
  await story.until(2);
  expect(hours.filter((hour) => hour < 1.1).length).toBeGreaterThanOrEqual(12);
  expect(hours.filter((hour) => hour > 1.1 + PATIENCE)).toEqual([]);
  for (const chat of story.chats) chat.refusal = () => null;
  await story.until(3.5);
  expect(hours.filter((hour) => hour > 3).length).toBeGreaterThan(3);
});

it('is never pressed where the disk has no room for a build', async () => {
  const hours = await begin({ settings: { MIN_DISK_GB: '99999' }, spawned: () => undefined });
  await story.until(1);
  expect(hours).toEqual([]);
});

it('is not pressed while no builder can be started, which is told', async () => {
  let refuses = true;
  const spawned = (): void => {
    if (refuses) throw new Error('no process can be started');
  };
  const hours = await begin({ spawned });
  await story.until(1);
  expect(hours).toEqual([]);
  const told = (): string[] => story.hook.of('trouble').map(({ sentence }) => sentence);
  expect(told()).toEqual([expect.stringContaining('Trouble: keeping a builder running has failed for')]);
  refuses = false;
  await story.until(2);
  expect(hours.length).toBeGreaterThan(5);
  expect(told()).toHaveLength(2);
});
