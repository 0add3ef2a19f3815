import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NOTIFIERS } from '../../src/notify/notifiers/index.ts';
import { createNotifiers } from '../../src/notify/notifier-registry.ts';
import { readdirSync } from 'node:fs';
import { CHANNEL, context, MODES, NOTHING_SET, openChatWorld, openNotifier, ROLE, SLACK_CHANNEL } from './chat-kit.ts';
import type { ChatWorld, Mode } from './chat-kit.ts';
import { document, HASH, ID, notice, OTHER_HASH } from './notices.ts';

const mode = (name: string): Mode => MODES.find((one) => one.name === name)!;
let world: ChatWorld;
beforeEach(async () => {
  world = await openChatWorld();
});
afterEach(() => world.close());

describe('the notifiers', () => {
  const deps = { fetch: globalThis.fetch, now: () => 0, write: () => undefined, statusUrl: null };

  it('are each a folder of theirs and a line in its index', () => {
    const files = readdirSync(new URL('../../src/notify/notifiers/', import.meta.url));
    const names = files.filter((file) => file !== 'index.ts');
    expect(NOTIFIERS.map(({ name }) => name).sort()).toEqual(names.sort());
  });

  it('are the console where nothing is set, and only then', () => {
    expect(createNotifiers(NOTHING_SET, deps).map(({ id }) => id)).toEqual(['console']);
    const all = MODES.map((one) => one.settings(world.chat)).reduce((sum, one) => ({ ...sum, ...one }), {});
    const ids = createNotifiers({ ...NOTHING_SET, ...all }, deps).map(({ id }) => id);
    expect(ids).toHaveLength(MODES.length);
    expect(ids).not.toContain('console');
  });

  it('keep their names when the order of the settings changes', () => {
    const urls = [1, 2, 3].map(() => world.chat.discord.addWebhook(CHANNEL).url);
    const ids = (list: string[]) =>
      createNotifiers({ ...NOTHING_SET, discordWebhookUrls: list }, deps).map(({ id }) => id);
    expect(ids([...urls].reverse())).toEqual(ids(urls).reverse());
  });

  it('are refused when one is set twice', () => {
    const { url } = world.chat.discord.addWebhook(CHANNEL);
    const same = url.replace('/api/', '/api/v10/');
    expect(() => createNotifiers({ ...NOTHING_SET, discordWebhookUrls: [url, same] }, deps)).toThrow(/is set twice/);
  });
});

describe('the console', () => {
  it('has told nothing where its lines could not be written', async () => {
    const write = (): Promise<void> => Promise.reject(new Error('ENOSPC: no space left on device, write'));
    const [notifier] = createNotifiers(NOTHING_SET, { fetch: world.fetch, now: () => 0, write, statusUrl: null });
    await expect(notifier!.deliver(notice('verdict', 'mismatch'), context())).rejects.toMatchObject({
      kind: 'transport',
      code: 'console-unwritable',
    });
  });
});

describe('the Discord bot', () => {
  it('publishes in an announcement channel, once, and again what it had to post again', async () => {
    const notifier = openNotifier(world, mode('discord bot'));
    const { store, requests } = world.chat.discord;
    let previous = await notifier.deliver(notice('discovered', 'none'), context());
    previous = await notifier.deliver(notice('progress', 'none'), context({ previous }));
    expect(requests.filter((one) => one.endsWith('/crosspost'))).toHaveLength(1);
    store.delete(CHANNEL, previous!['message']!);
    await notifier.deliver(notice('verdict', 'verified'), context({ previous }));
    expect(store.visible(CHANNEL).map(({ crossposted }) => crossposted)).toEqual([true]);
    await notifier.close();
  });

  it('publishes later where publishing failed at first', async () => {
    const notifier = openNotifier(world, mode('discord bot'));
    world.chat.discord.faults.set({ fault: { retryAfter: 1 }, on: /crosspost/, times: 1 });
    await expect(notifier.deliver(notice('discovered', 'none'), context())).rejects.toMatchObject({ retryAfter: 2 });
    const again = openNotifier(world, mode('discord bot'));
    await again.deliver(notice('discovered', 'none'), context({ attempt: 1 }));
    expect(world.chat.discord.store.visible(CHANNEL).map(({ crossposted }) => crossposted)).toEqual([true]);
    await Promise.all([notifier.close(), again.close()]);
  });

  it('publishes nothing in an ordinary channel', async () => {
    world.chat.discord.store.addChannel({ id: CHANNEL, type: 0 });
    const notifier = openNotifier(world, mode('discord bot'));
    await notifier.deliver(notice('verdict', 'verified'), context());
    expect(world.chat.discord.requests.some((one) => one.endsWith('/crosspost'))).toBe(false);
    await notifier.close();
  });

  it('pings the configured role and nobody else, in the thread of its message', async () => {
    const notifier = openNotifier(world, mode('discord bot'));
    const previous = await notifier.deliver(notice('discovered', 'none'), context());
    await notifier.deliver(notice('verdict', 'mismatch'), context({ previous }));
    const [entry] = world.chat.discord.store.thread(previous!['message']!);
    expect(entry!.pings).toEqual([`role ${ROLE}`]);
    expect(entry!.content).toContain('MISMATCH');
    expect(world.chat.discord.store.visible(CHANNEL)).toHaveLength(1);
    await notifier.close();
  });

  it('pings in the channel where it may open no thread, and reads nothing where it may not', async () => {
    world.chat.discord.store.addChannel({ id: CHANNEL, threads: false, history: false });
    const notifier = openNotifier(world, mode('discord bot'));
    const previous = await notifier.deliver(notice('discovered', 'none'), context());
    await notifier.deliver(notice('decided', 'none'), context({ previous }));
    expect(world.chat.discord.store.visible(CHANNEL)).toHaveLength(1);
    await notifier.deliver(notice('verdict', 'mismatch'), context({ previous }));
    expect(world.chat.discord.store.visible(CHANNEL).map(({ pings }) => pings)).toEqual([[], [`role ${ROLE}`]]);
    await notifier.close();
  });

  it('opens the thread again when it was deleted', async () => {
    const notifier = openNotifier(world, mode('discord bot'));
    let previous = await notifier.deliver(notice('discovered', 'none'), context());
    previous = await notifier.deliver(notice('verdict', 'unconfirmed'), context({ previous }));
    world.chat.discord.store.channels.delete(previous!['message']!);
    await notifier.deliver(notice('decided', 'verified'), context({ previous }));
    expect(world.chat.discord.store.thread(previous!['message']!)).toHaveLength(1);
    await notifier.close();
  });

  it('is not fooled by a stranger’s message that looks like its own', async () => {
    const notifier = openNotifier(world, mode('discord bot'));
    const { url } = world.chat.discord.addWebhook(CHANNEL);
    const body = JSON.stringify({ content: 'VERIFIED', embeds: [{ footer: { text: `nns-watch · proposal ${ID}` } }] });
    const headers = { 'content-type': 'application/json' };
    await world.fetch(url.replace('/api/', '/api/v10/'), { method: 'POST', headers, body });
    await notifier.deliver(notice('verdict', 'mismatch'), context());
    expect(world.chat.discord.store.visible(CHANNEL)).toHaveLength(2);
    await notifier.close();
  });

  it('attaches the whole report to a verdict and keeps it over later edits', async () => {
    const notifier = openNotifier(world, mode('discord bot'));
    const previous = await notifier.deliver(notice('verdict', 'mismatch'), context());
    await notifier.deliver(notice('decided', 'mismatch'), context({ previous }));
    const [message] = world.chat.discord.store.visible(CHANNEL);
    expect(message!.edits).toBe(1);
    expect(message!.attachments).toHaveLength(1);
    expect(message!.attachments[0]!.text).toContain(HASH);
    expect(message!.attachments[0]!.text).toContain(OTHER_HASH);
    await notifier.close();
  });
});

describe('the Slack bot', () => {
  it('writes whole digests into the thread of a verdict', async () => {
    const notifier = openNotifier(world, mode('slack bot'));
    const posted = await notifier.deliver(notice('verdict', 'mismatch'), context());
    const [entry] = world.chat.slack.store.thread(SLACK_CHANNEL, posted!['ts']!);
    expect(JSON.stringify(entry!.blocks)).toContain(OTHER_HASH);
  });

  it('writes a long report into as many replies as it takes, each of them once', async () => {
    const whole = document('mismatch');
    const comparisons = Array.from({ length: 40 }, (_, at) => ({
      label: `Side ${at}.`,
      expected: { value: OTHER_HASH, source: `https://one.example/${'x'.repeat(100)}` },
      actual: { value: OTHER_HASH, source: `https://other.example/${'y'.repeat(100)}` },
      equal: true,
    }));
    const [first, ...others] = whole.checks;
    const told = notice('verdict', 'mismatch', {
      verdict: { ...whole, checks: [{ ...first!, comparisons }, ...others] },
    });
    const notifier = openNotifier(world, mode('slack bot'));
    const previous = await notifier.deliver(notice('discovered', 'none'), context());
    world.chat.slack.faults.set({ fault: 'lost-answer', on: /chat.postMessage/, times: 1 });
    await expect(notifier.deliver(told, context({ previous }))).rejects.toMatchObject({ kind: 'transport' });
    await notifier.deliver(told, context({ attempt: 1 }));
    const thread = world.chat.slack.store.thread(SLACK_CHANNEL, previous!['ts']!);
    expect(thread.map(({ broadcast }) => broadcast)).toEqual([true, false, false]);
    const text = JSON.stringify(thread.map(({ blocks }) => blocks));
    for (const part of ['Side 0.', 'Side 39.', 'Evidence kept']) {
      expect(text.split(part)).toHaveLength(2);
    }
    expect(world.chat.slack.store.visible(SLACK_CHANNEL)).toHaveLength(1);
  });

  it('works without the right to read, and never takes another’s message for its own', async () => {
    world.chat.slack.history = false;
    const notifier = openNotifier(world, mode('slack bot'));
    const previous = await notifier.deliver(notice('discovered', 'none'), context());
    await notifier.deliver(notice('verdict', 'verified'), context({ previous, attempt: 1 }));
    expect(world.chat.slack.store.visible(SLACK_CHANNEL)).toHaveLength(1);
    world.chat.slack.history = true;
    const stranger = { event_type: 'nns_watch_notice', event_payload: { mark: 'proposal 143817', key: 'x' } };
    world.chat.slack.store.post(SLACK_CHANNEL, 'B0STRANGER', { text: 'VERIFIED', metadata: stranger }, []);
    const other = { ...notice('verdict', 'none'), proposal: { ...notice('verdict', 'none').proposal!, id: '143817' } };
    await notifier.deliver(other as ReturnType<typeof notice>, context());
    expect(world.chat.slack.store.visible(SLACK_CHANNEL)).toHaveLength(3);
  });
});

describe('the webhook', () => {
  it('names the same news the same, so that a repetition can be left out', async () => {
    const notifier = openNotifier(world, mode('webhook'));
    for (const attempt of [0, 1]) await notifier.deliver(notice('verdict', 'verified'), context({ attempt }));
    await notifier.deliver(notice('closed', 'verified'), context());
    const ids = world.chat.webhook.received.map(({ id }) => id);
    expect(ids[0]).toBe(ids[1]);
    expect(ids[2]).not.toBe(ids[0]);
  });

  it('carries the verdict beside the notice', async () => {
    const notifier = openNotifier(world, mode('webhook'));
    await notifier.deliver(notice('verdict', 'mismatch'), context());
    await notifier.deliver(notice('test', 'none'), context());
    const [verdict, test] = world.chat.webhook.received.map(({ body }) => body);
    expect(verdict).toMatchObject({ type: 'verdict', verdict: { schema: 'nns-watch/verdict@1' } });
    expect(verdict!.notice).toMatchObject({ key: `proposal ${ID} verdict mismatch`, network: 'mainnet' });
    expect(verdict!.notice).not.toHaveProperty('verdict');
    expect(test).not.toHaveProperty('verdict');
  });
});

describe('what a chat refuses to show in full', () => {
  it.each(MODES.filter(({ name }) => name !== 'webhook'))('is shown in one line: $name', async (one) => {
    const notifier = openNotifier(world, one);
    // Where a file is attached, the whole is shown without it first.
    const times = /^(?:discord|email)/.test(one.name) ? 2 : 1;
    one.faults(world.chat).set({ fault: 'invalid', times, on: one.post });
    await notifier.deliver(notice('verdict', 'mismatch'), context());
    expect(one.shown(world.chat)).toHaveLength(1);
    expect(one.shown(world.chat)[0]).toContain('MISMATCH');
    expect(one.shown(world.chat)[0]).not.toContain('What to do now');
    await notifier.close();
  });
});
