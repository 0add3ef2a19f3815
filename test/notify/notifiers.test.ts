import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WatchError } from '../../src/domain/errors.ts';
import type { Notifier } from '../../src/domain/notice.ts';
import { context, MODES, openChatWorld, openNotifier, type ChatWorld } from './chat-kit.ts';
import { ID, notice, NOW } from './notices.ts';

async function failure(work: Promise<unknown>): Promise<WatchError> {
  const thrown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof WatchError)) throw new Error(`no WatchError but ${String(thrown)}`);
  return thrown;
}

describe.each(MODES)('the $name', (mode) => {
  let world: ChatWorld;
  let notifier: Notifier;
  beforeEach(async () => {
    world = await openChatWorld();
    notifier = openNotifier(world, mode, { timeoutMs: 2000 });
  });
  afterEach(async () => {
    await notifier.close();
    await world.close();
  });
  const shown = (): string[] => mode.shown(world.chat);
  /** What every channel is told, also one for alarms alone. */
  const outcome = mode.alarms ? 'mismatch' : 'verified';

  it('posts a message that names the proposal and the outcome', async () => {
    await notifier.deliver(notice('verdict', outcome), context());
    expect(shown()).toHaveLength(1);
    expect(shown()[0]?.toLowerCase()).toContain(outcome);
    expect(shown()[0]).toContain(ID);
    expect(world.strangers).toEqual([]);
  });

  it('shows progress without a new message and without a ping', async () => {
    const previous = await notifier.deliver(notice('discovered', 'none'), context());
    await notifier.deliver(notice('progress', 'none'), context({ previous }));
    const count = mode.name === 'webhook' ? 2 : mode.alarms ? 0 : 1;
    expect(shown()).toHaveLength(count);
    if (mode.edits) expect(shown()[0]).toContain('BUILDING 40 %');
    expect(mode.pings(world.chat)).toEqual([]);
    expect(mode.replies(world.chat)).toEqual([]);
  });

  it('tells a notice without a proposal', async () => {
    await notifier.deliver(notice('trouble', 'none'), context());
    expect(shown()).toHaveLength(1);
    expect(shown()[0]).toContain('No boundary node has answered for 10 minutes.');
  });

  it('pings only when it is told to', async () => {
    const previous = await notifier.deliver(notice('verdict', 'verified', { pings: false }), context());
    await notifier.deliver(notice('decided', 'verified', { pings: false }), context({ previous }));
    expect(mode.pings(world.chat)).toEqual([]);
    await notifier.deliver(notice('reminder', 'verified', { pings: true }), context({ previous }));
    expect(mode.pings(world.chat)).toHaveLength(mode.silent ? 0 : 1);
  });

  it.skipIf(mode.impatient)('honours the time that a 429 asks for', async () => {
    mode.faults(world.chat).set({ fault: { retryAfter: 7 }, times: 1 });
    const error = await failure(notifier.deliver(notice('verdict', outcome), context()));
    expect(error.kind).toBe('transport');
    expect(error.retryAfter).toBeGreaterThanOrEqual(7);
    expect(error.retryAfter).toBeLessThanOrEqual(8);
  });

  it.each(['http-500', 'down', 'reset', 'stall'] as const)('calls %s something that passes', async (fault) => {
    const hasty = openNotifier(world, mode, { timeoutMs: 300 });
    mode.faults(world.chat).set({ fault });
    const error = await failure(hasty.deliver(notice('verdict', outcome), context()));
    expect(error.kind).toBe('transport');
    await hasty.close();
    mode.faults(world.chat).clear();
    await notifier.deliver(notice('verdict', outcome), context({ attempt: 1 }));
    expect(shown()).toHaveLength(1);
  });

  it('calls a refused key something that will never work, and works again once it is repaired', async () => {
    mode.faults(world.chat).set({ fault: 'unauthorized' });
    const error = await failure(notifier.deliver(notice('verdict', outcome), context()));
    expect(error.kind).toBe('rejected');
    mode.faults(world.chat).clear();
    await notifier.deliver(notice('verdict', outcome), context({ attempt: 1 }));
    expect(shown()).toHaveLength(1);
  });

  it('stops when it is told to', async () => {
    mode.faults(world.chat).set({ fault: 'stall' });
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 50);
    const error = await failure(notifier.deliver(notice('verdict', outcome), context({ signal: stop.signal })));
    expect(error.kind).toBe('transport');
  });

  it('shows no secret in its name and its errors', async () => {
    const faults = ['http-500', 'down', 'unauthorized', { retryAfter: 1 }] as const;
    const texts = [notifier.id];
    for (const fault of faults) {
      mode.faults(world.chat).set({ fault });
      const error = await failure(notifier.deliver(notice('verdict', outcome), context()));
      texts.push(error.message, String(error.stack), JSON.stringify(error), String(error.cause));
    }
    expect(texts.join('\n')).not.toMatch(/secret/i);
    expect(texts.join('\n')).not.toMatch(/\/webhooks\/|\/services\//);
  });

  it('leaves one message when the answer to the first try was lost', async () => {
    mode.faults(world.chat).set({ fault: 'lost-answer', times: 1, on: mode.post });
    await failure(notifier.deliver(notice('verdict', outcome), context()));
    if (mode.name === 'discord bot') world.chat.discord.store.forgetNonces();
    await notifier.deliver(notice('verdict', outcome), context({ attempt: 1 }));
    expect(shown()).toHaveLength(mode.recognises ? 1 : 2);
  });

  it('gives a repeated notice without a proposal the same name', async () => {
    const ids = [openNotifier(world, mode).id, notifier.id];
    const isNew = mode.name.includes('webhook') && mode.name !== 'webhook';
    if (!isNew) expect(new Set(ids).size).toBe(1);
    expect(notifier.id).toMatch(/^[a-z]+:[\w/.@!:-]+$/);
  });
});

describe.each(MODES.filter(({ edits }) => edits))('the living message of the $name', (mode) => {
  let world: ChatWorld;
  let notifier: Notifier;
  beforeEach(async () => {
    world = await openChatWorld();
    notifier = openNotifier(world, mode);
  });
  afterEach(async () => {
    await notifier.close();
    await world.close();
  });

  it('is edited from discovery to outcome', async () => {
    let previous = await notifier.deliver(notice('discovered', 'none'), context());
    previous = await notifier.deliver(notice('progress', 'none'), context({ previous }));
    const quiet = { pings: false };
    previous = await notifier.deliver(notice('verdict', 'verified', quiet), context({ previous }));
    previous = await notifier.deliver(notice('closed', 'verified', { at: NOW + 5 * 86_400 }), context({ previous }));
    await notifier.deliver(notice('outcome', 'verified', { at: NOW + 5 * 86_400 }), context({ previous }));
    const [message, ...others] = mode.shown(world.chat);
    expect(others).toEqual([]);
    expect(message).toContain('VERIFIED');
    expect(message).toContain('adopted and executed');
  });

  it('is posted again when it was deleted', async () => {
    const previous = await notifier.deliver(notice('discovered', 'none'), context());
    mode.remove!(world.chat, 0);
    const next = await notifier.deliver(notice('verdict', 'mismatch'), context({ previous }));
    expect(mode.shown(world.chat)).toHaveLength(1);
    expect(mode.shown(world.chat)[0]).toContain('MISMATCH');
    expect(next).not.toEqual(previous);
  });

  it('takes an alarm back in the open', async () => {
    const previous = await notifier.deliver(notice('verdict', 'unconfirmed'), context());
    const back = notice('verdict', 'verified', { key: `proposal ${ID} verdict 3` });
    await notifier.deliver(back, context({ previous }));
    const all = [...mode.shown(world.chat), ...mode.replies(world.chat)].join('\n');
    expect(mode.shown(world.chat)[0]).toContain('VERIFIED');
    expect(all.split('VERIFIED').length).toBeGreaterThan(2);
  });
});

describe('a bot’s history', () => {
  it.each(MODES.filter(({ recognises, edits }) => recognises && edits))(
    'has each news once after a crash: $name',
    async (mode) => {
      const world = await openChatWorld();
      const notifier = openNotifier(world, mode);
      const previous = await notifier.deliver(notice('discovered', 'none'), context());
      await notifier.deliver(notice('verdict', 'verified'), context({ previous }));
      world.chat.discord.store.forgetNonces();
      await notifier.deliver(notice('verdict', 'verified'), context({ previous }));
      expect(mode.shown(world.chat)).toHaveLength(1);
      expect(mode.replies(world.chat)).toHaveLength(1);
      await notifier.close();
      await world.close();
    },
  );
});
