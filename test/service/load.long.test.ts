import { afterEach, describe, expect, it } from 'vitest';
import { isLong } from '../support/seeded.ts';
import { Chat, chatDown } from './chat.ts';
import { BEGIN, electionAt, HOUR, hourOf, Timeline } from './timeline.ts';

/** What gives way under more than this program is made for, and whether it says so: docs/operations.md, "Limits". */
const MANY = isLong ? 1_000 : 60;
const BUILD_HOURS = isLong ? 1 : 6;
const PACES = { discover: 1800, verify: 600, clock: 1800, deliver: 600, build: 600, retentionRounds: 86_400 };

let timeline: Timeline;
afterEach(async () => timeline.end(), 120_000);

describe('too many elections at once', () => {
  it(
    `${MANY} are all told of, as many verified as can be, and of each other one it is said in time`,
    async () => {
      const elections = Array.from({ length: MANY }, (_, index) => electionAt(1, String(1000 + index)));
      const began = Date.now();
      timeline = new Timeline(elections, { paces: PACES, quantumSeconds: 20, buildSeconds: BUILD_HOURS * HOUR });
      await timeline.start();
      await timeline.until(100);
      const deadline = BEGIN + 97 * HOUR;
      const { bot } = timeline;
      const inTime = bot.shown.filter(({ at }) => at / 1000 < deadline);
      const told = (type: string): Set<string | null> =>
        new Set(inTime.filter((each) => each.type === type).map(({ proposal }) => proposal));
      const [discovered, verdicts, cannot] = [told('discovered'), told('verdict'), told('cannot-finish')];
      console.log(
        `${MANY} elections: ${verdicts.size} verdicts, ${cannot.size} "cannot finish", ` +
          `${timeline.outside.elections.length} found, ${Math.round((Date.now() - began) / 1000)} s, ` +
          `${Math.round(process.memoryUsage.rss() / 1e6)} MB`,
      );
      expect(discovered.size).toBe(MANY);
      expect(elections.filter(({ id }) => !verdicts.has(id) && !cannot.has(id)).map(({ id }) => id)).toEqual([]);
      // One build at a time, and nothing but builds takes long.
      expect(verdicts.size).toBeGreaterThanOrEqual(Math.min(MANY, Math.floor((96 / BUILD_HOURS) * 0.8)));
      const first = inTime.filter(({ type }) => type === 'cannot-finish').map(hourOf);
      if (cannot.size > 0) expect(Math.min(...first)).toBeLessThan(96);
    },
    isLong ? 1_500_000 : 240_000,
  );
});

describe('fifty channels', () => {
  it('are told everything, each once, though every tenth is down for a day', async () => {
    const elections = [1, 2, 3].map((index) => electionAt(index, String(200 + index), { lastsHours: 48 }));
    const now = (): number => timeline.clock.now();
    const chats = Array.from({ length: 50 }, (_, index) => {
      const chat = new Chat({ id: `channel ${index}`, kind: index % 2 === 0 ? 'bot' : 'webhook', now });
      if (index % 10 === 0) chat.refusal = (at) => (at < (BEGIN + 25 * HOUR) * 1000 ? chatDown() : null);
      return chat;
    });
    timeline = new Timeline(elections, { paces: PACES, quantumSeconds: 20, chats });
    await timeline.start();
    await timeline.until(52);
    for (const { shown } of chats) {
      for (const { id } of elections) {
        const keys = shown.filter((each) => each.proposal === id && each.type !== 'progress').map(({ key }) => key);
        expect(keys.filter((key) => / verdict \d+$/.test(key))).toHaveLength(1);
        expect(new Set(keys).size).toBe(keys.length);
      }
    }
  }, 240_000);
});
