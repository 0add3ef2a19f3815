import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultsOf } from '../support/schemas.ts';
import { context, MODES, openChatWorld, openNotifier, type ChatWorld, type Mode } from './chat-kit.ts';
import { ID, notice } from './notices.ts';

const mode = (name: string): Mode => MODES.find((one) => one.name === name)!;
let world: ChatWorld;
beforeEach(async () => {
  world = await openChatWorld();
});
afterEach(() => world.close());

describe('a receiver that takes little', () => {
  it.each([
    [20_000, 'refused'],
    [6_000, 'refused'],
    [1_500, 'refused'],
    [Infinity, 'too-long'],
  ])('of %s bytes hears of a mismatch all the same, however much strangers wrote', async (bytes, why) => {
    const notifier = openNotifier(world, mode('webhook'));
    const { webhook } = world.chat;
    webhook.mostBytes = bytes;
    const huge = notice('verdict', 'mismatch');
    const { checks, ...rest } = huge.verdict!;
    const side = { value: 'x'.repeat(5000), source: 'https://cdn.example' };
    const many = Array.from({ length: 100 }, (_, n) => ({ label: `${n}`, expected: side, actual: side, equal: true }));
    const verdict = { ...rest, checks: checks.map((check) => ({ ...check, comparisons: many })) };
    await notifier.deliver({ ...huge, verdict }, context());
    webhook.mostBytes = Infinity;
    const { body } = webhook.received.at(-1)!;
    expect(JSON.stringify(body).length).toBeLessThan(Math.min(bytes, 256 * 1024));
    expect(body.truncated).toMatchObject({ why, see: `nns-watch show ${ID} --json` });
    expect(faultsOf('notice', body)).toEqual([]);
    expect(/mismatch/i.test(JSON.stringify([body.notice, body.verdict]))).toBe(true);
    await notifier.close();
  });
});

describe('a notice of which nothing can be shown but its ids', () => {
  it.each(MODES)('is told: $name', async (one) => {
    const notifier = openNotifier(world, one);
    const odd = notice('verdict', 'mismatch', { standing: { stage: 'judged', percent: null, expectedAt: 1e300 } });
    const card = { ...odd.proposal!, links: null as never, tally: {} as never };
    await notifier.deliver({ ...odd, proposal: card }, context());
    expect(one.shown(world.chat).at(-1)).toMatch(/mismatch/i);
    await notifier.close();
  });
});

describe('a limit that Discord is said to have for a year', () => {
  it.each(MODES.filter(({ name }) => name.startsWith('discord')))('keeps $name from asking once', async (one) => {
    const notifier = openNotifier(world, one);
    one.faults(world.chat).set({ fault: { retryAfter: 31_536_000 }, times: 1, on: one.post });
    await expect(notifier.deliver(notice('verdict', 'mismatch'), context())).rejects.toMatchObject({
      code: 'discord-rate-limited',
    });
    await notifier.deliver(notice('verdict', 'mismatch'), context({ attempt: 1 }));
    expect(one.shown(world.chat)).toHaveLength(1);
    await notifier.close();
  });
});
