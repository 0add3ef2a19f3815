import { describe, expect, it } from 'vitest';
import { WatchError } from '../../src/domain/errors.ts';
import type { DeliveryContext, Notice, RemoteMessage } from '../../src/domain/notice.ts';
import type { QuietHours } from '../../src/domain/quiet-hours.ts';
import { deliverNext, type DeliverDeps } from '../../src/notify/deliver.ts';
import { memoryOutbox } from '../support/memory-outbox.ts';
import { electionProposal, noticeOf } from '../support/records.ts';

const NOW = 1_789_000_000_000;
const ID = 'discord:1';

interface Changes {
  notices: Notice[];
  fails?: (call: number) => Error | null;
  quietHours?: QuietHours | null;
  mutedUntil?: number;
}

/** One channel with some notices on their way, and a clock that the test moves. */
async function channel({ notices, fails = () => null, quietHours = null, mutedUntil }: Changes) {
  const outbox = memoryOutbox(new Map(mutedUntil === undefined ? [] : [[electionProposal().id, mutedUntil]]));
  const calls: { notice: Notice; context: DeliveryContext }[] = [];
  const time = { now: NOW };
  const abort = new AbortController();
  const notifier = {
    id: ID,
    deliver: async (notice: Notice, context: DeliveryContext): Promise<RemoteMessage> => {
      calls.push({ notice, context });
      const failure = fails(calls.length);
      if (failure) throw failure;
      return { message: String(calls.length) };
    },
    close: async () => undefined,
  };
  await outbox.enqueue(notices, [ID]);
  const deps: DeliverDeps = {
    outbox,
    notifier,
    now: () => time.now,
    random: () => 0,
    quietHours,
    signal: abort.signal,
  };
  return { next: () => deliverNext(deps), calls, time, outbox, abort };
}

const lost = (retryAfter?: number): WatchError =>
  new WatchError('transport', 'chat-unreachable', 'no answer', retryAfter === undefined ? {} : { retryAfter });

describe('delivering', () => {
  it('sends one notice after the other, each with the message that it edits', async () => {
    const { next, calls } = await channel({ notices: [noticeOf('a'), noticeOf('b')] });
    expect([(await next())?.state, (await next())?.state, await next()]).toEqual(['sent', 'sent', null]);
    expect(calls.map(({ notice, context }) => [notice.key, context.previous])).toEqual([
      ['a', null],
      ['b', { message: '1' }],
    ]);
  });

  it('tries again after growing pauses, as long as it takes, and keeps the order', async () => {
    const { next, calls, time, outbox } = await channel({
      notices: [noticeOf('a'), noticeOf('b', { type: 'decided' })],
      fails: (call) => (call <= 9 ? lost() : null),
    });
    const pauses: number[] = [];
    while ((await next())?.state === 'retry') {
      const due = (await outbox.nextDueMs(ID)) ?? 0;
      pauses.push((due - time.now) / 1000);
      time.now = due;
    }
    expect(pauses).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600]);
    expect(calls.map(({ notice, context }) => [notice.key, context.attempt]).at(-1)).toEqual(['a', 9]);
    expect(calls.every(({ notice }) => notice.key === 'a')).toBe(true);
  });

  it('waits as long as the channel asks for', async () => {
    const { next, time } = await channel({ notices: [noticeOf('a')], fails: (call) => (call === 1 ? lost(90) : null) });
    expect(await next()).toMatchObject({ state: 'retry' });
    time.now += 89_000;
    expect(await next()).toBeNull();
    time.now += 1_000;
    expect(await next()).toMatchObject({ state: 'sent' });
  });

  it.each([Number.NaN, 99_999_999_999])('asks again within an hour where %s seconds are asked for', async (asked) => {
    const { next, time, outbox } = await channel({ notices: [noticeOf('a')], fails: () => lost(asked) });
    await next();
    expect(await outbox.nextDueMs(ID)).toBeLessThanOrEqual(time.now + 3_600_000);
  });

  it('asks again while half of the time for voting is left, whatever is asked for', async () => {
    for (const leftMs of [7_200_000, 600_000, 20_000]) {
      const about = electionProposal({ deadlineAt: (NOW + leftMs) / 1000 });
      const { next, time, outbox } = await channel({
        notices: [noticeOf('a', { about, type: 'verdict' })],
        fails: () => lost(31_536_000),
      });
      await next();
      expect((await outbox.nextDueMs(ID)) ?? Infinity).toBeLessThanOrEqual(time.now + leftMs / 2);
    }
  });

  it('pauses for no longer than an eighth of the time that is left for voting', async () => {
    const about = electionProposal({ deadlineAt: NOW / 1000 + 3600 });
    const { next, time, outbox } = await channel({
      notices: [noticeOf('a', { about, type: 'verdict' })],
      fails: () => lost(),
    });
    const closes = NOW + 3_600_000;
    for (let left = 3_600_000; left > 60_000; left = closes - time.now) {
      await next();
      const due = (await outbox.nextDueMs(ID)) ?? Infinity;
      expect(due - time.now).toBeLessThanOrEqual(Math.max(5_000, left / 8 + 1));
      time.now = due;
    }
    time.now = closes + 600_000;
    await next();
    expect(await outbox.nextDueMs(ID)).toBe(time.now + 600_000);
  });

  it('gives none up for a fault of this machine, which somebody will mend', async () => {
    const ours = ['host', 'storage'] as const;
    const { next, time } = await channel({
      notices: [noticeOf('a')],
      fails: (call) =>
        ours[call - 1] ? new WatchError(ours[call - 1] ?? 'bug', 'part-not-loaded', 'no library') : null,
    });
    for (const state of ['retry', 'retry', 'sent']) {
      expect(await next()).toMatchObject({ state });
      time.now += 600_000;
    }
  });

  it('gives a notice up where the channel refuses it, and goes on with the next', async () => {
    const refused = new WatchError('rejected', 'discord-401', 'not allowed');
    const { next } = await channel({
      notices: [noticeOf('a'), noticeOf('b')],
      fails: (call) => (call === 1 ? refused : null),
    });
    expect(await next()).toMatchObject({ state: 'dead', error: { code: 'discord-401' } });
    expect(await next()).toMatchObject({ state: 'sent', delivery: { notice: { key: 'b' } } });
  });

  it('makes a mistake of ours five times, then lets the next notice through', async () => {
    const { next, time } = await channel({
      notices: [noticeOf('a'), noticeOf('b', { type: 'decided' })],
      fails: (call) => (call <= 5 ? new TypeError('no such thing') : null),
    });
    const states: unknown[] = [];
    for (let call = 0; call < 6; call += 1) {
      states.push((await next())?.state);
      time.now += 3_600_000;
    }
    expect(states).toEqual(['retry', 'retry', 'retry', 'retry', 'dead', 'sent']);
  });

  it('leaves a notice as it is when the service stops meanwhile', async () => {
    const { next, abort, outbox, time } = await channel({
      notices: [noticeOf('a')],
      fails: () => {
        abort.abort();
        return lost();
      },
    });
    expect(await next()).toBeNull();
    expect(await outbox.next(ID, time.now)).toMatchObject({ attempt: 0, notice: { key: 'a' } });
  });
});

describe('what is not worth telling any more', () => {
  it('is progress after later news, or of long ago', async () => {
    const progress = noticeOf('p', { type: 'progress', at: NOW / 1000 });
    const overtaken = await channel({ notices: [progress, noticeOf('v', { type: 'verdict' })] });
    expect([(await overtaken.next())?.state, (await overtaken.next())?.state]).toEqual(['skipped', 'sent']);
    const old = await channel({ notices: [{ ...progress, at: NOW / 1000 - 601 }] });
    expect(await old.next()).toMatchObject({ state: 'skipped' });
    expect(old.calls).toHaveLength(0);
  });

  it('is a late verdict or reminder that a later one makes needless, and the later one is as loud', async () => {
    const at = NOW / 1000 - 3600;
    const { next, calls } = await channel({
      notices: [
        noticeOf('v1', { type: 'verdict', at }),
        noticeOf('r6', { at }),
        noticeOf('v2', { type: 'verdict', at, pings: false }),
        noticeOf('r1', { at }),
      ],
    });
    const states = [];
    for (let call = 0; call < 4; call += 1) states.push((await next())?.state);
    expect(states).toEqual(['skipped', 'skipped', 'sent', 'sent']);
    expect(calls.map(({ notice }) => [notice.key, notice.pings])).toEqual([
      ['v2', true],
      ['r1', true],
    ]);
  });

  it('is a reminder of a vote that has closed, and never a verdict', async () => {
    const about = electionProposal({ deadlineAt: NOW / 1000 - 1 });
    const { next, calls } = await channel({
      notices: [
        noticeOf('r', { about }),
        noticeOf('c', { type: 'cannot-finish', about }),
        noticeOf('v', { type: 'verdict', about }),
      ],
    });
    expect([(await next())?.state, (await next())?.state, (await next())?.state]).toEqual([
      'skipped',
      'skipped',
      'sent',
    ]);
    expect(calls.map(({ notice }) => notice.key)).toEqual(['v']);
  });
});

describe('quiet hours and muted proposals', () => {
  const all: QuietHours = { fromMinute: 0, toMinute: 24 * 60 - 1, timeZone: 'UTC' };
  const early = noticeOf('e', { type: 'early-finding' });

  it('still tell everything, and ping nobody', async () => {
    for (const changes of [{ quietHours: all }, { mutedUntil: NOW + 1 }]) {
      const { next, calls } = await channel({ notices: [noticeOf('a')], ...changes });
      expect(await next()).toMatchObject({ state: 'sent' });
      expect(calls[0]?.notice.pings).toBe(false);
    }
  });

  it('are pierced by a mismatch', async () => {
    for (const changes of [{ quietHours: all }, { mutedUntil: NOW + 1 }]) {
      const { next, calls } = await channel({ notices: [early], ...changes });
      await next();
      expect(calls[0]?.notice.pings).toBe(true);
    }
  });

  it('end', async () => {
    const { next, calls } = await channel({ notices: [noticeOf('a')], mutedUntil: NOW - 1 });
    await next();
    expect(calls[0]?.notice.pings).toBe(true);
  });
});
