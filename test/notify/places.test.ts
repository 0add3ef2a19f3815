import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { discord } from '../../src/notify/notifiers/discord/discord.ts';
import { createNotifiers } from '../../src/notify/notifier-registry.ts';
import { sampleNotice, SAMPLES } from '../../src/app/sample-notice.ts';
import { faultsOf } from '../support/schemas.ts';
import { CHANNEL, context, MODES, NOTHING_SET, openChatWorld, openNotifier, SLACK_CHANNEL } from './chat-kit.ts';
import type { ChatWorld, Mode } from './chat-kit.ts';
import { notice } from './notices.ts';

let world: ChatWorld;
beforeEach(async () => {
  world = await openChatWorld();
});
afterEach(() => world.close());

const mode = (name: string): Mode => MODES.find((one) => one.name === name)!;
const open = (settings: Mode['settings']) => openNotifier(world, { ...mode('discord webhook'), settings });

describe('a Discord webhook', () => {
  const address = discord.settings.discordWebhookUrls.value;

  it.each(['', '/', '?wait=true', '/?wait=true', '?thread_id=123456789012345678', '?wait=true&thread_id=1'])(
    'may end with %j',
    (end) => expect(address.safeParse(`https://discord.com/api/webhooks/1/abc${end}`).success).toBe(true),
  );

  it.each(['?thread_id=x', '?x=1', '#a', '/slack', '?wait=true&'])('may not end with %j', (end) =>
    expect(address.safeParse(`https://discord.com/api/webhooks/1/abc${end}`).success).toBe(false),
  );

  it('writes, edits and pings in the thread that its address names', async () => {
    const { store } = world.chat.discord;
    const thread = store.addChannel({ id: '700000000000000077', type: 11 });
    const { url } = world.chat.discord.addWebhook(CHANNEL);
    const notifier = open(() => ({ discordWebhookUrls: [`${url}/?wait=true&thread_id=${thread.id}`] }));
    expect(notifier.id).toMatch(/^discord:\d+\/700000000000000077$/);
    const previous = await notifier.deliver(notice('discovered', 'none'), context());
    await notifier.deliver(notice('verdict', 'mismatch'), context({ previous }));
    expect(store.visible(CHANNEL)).toEqual([]);
    expect(store.visible(thread.id).map(({ edits }) => edits)).toEqual([1, 0]);
    await notifier.close();
  });

  it('begins a thread per proposal in a forum, and stays in it', async () => {
    const { discord: there } = world.chat;
    there.store.addChannel({ id: CHANNEL, type: 15 });
    const { url } = there.addWebhook(CHANNEL);
    const notifier = open(() => ({ discordWebhookUrls: [url] }));
    const previous = await notifier.deliver(notice('discovered', 'none'), context());
    await notifier.deliver(notice('verdict', 'mismatch'), context({ previous }));
    const thread = there.store.channels.get(previous!['thread']!)!;
    expect(thread.name).toBe('proposal 143816');
    expect(thread.messages.map(({ edits }) => edits)).toEqual([1, 0]);
    await notifier.close();
  });
});

describe('SLACK_MENTION', () => {
  it.each([
    ['@here', '"type":"broadcast","range":"here"', '<!here>'],
    ['S0GROUP', '"type":"usergroup","usergroup_id":"S0GROUP"', '<!subteam^S0GROUP>'],
    ['U0PERSON', '"type":"user","user_id":"U0PERSON"', '<@U0PERSON>'],
  ])('%s is named where a notice pings, and only there', async (slackMention, element, text) => {
    const there = mode('slack bot');
    const settings: Mode['settings'] = (chat) => ({ ...there.settings(chat), slackMention });
    const notifier = openNotifier(world, { ...there, settings });
    const previous = await notifier.deliver(notice('discovered', 'none'), context());
    await notifier.deliver(notice('verdict', 'mismatch'), context({ previous }));
    const { store } = world.chat.slack;
    const [living] = store.visible(SLACK_CHANNEL);
    const [reply] = store.thread(SLACK_CHANNEL, living!.ts);
    expect(JSON.stringify(living!.blocks)).not.toContain(element);
    expect(JSON.stringify(reply!.blocks)).toContain(element);
    expect(reply!.text).toContain(text);
  });

  it('is named by a webhook as well', async () => {
    const there = mode('slack webhook');
    const settings: Mode['settings'] = (chat) => ({ ...there.settings(chat), slackMention: '@channel' });
    await openNotifier(world, { ...there, settings }).deliver(notice('verdict', 'mismatch'), context());
    expect(JSON.stringify(world.chat.slack.store.visible(SLACK_CHANNEL))).toContain('"range":"channel"');
  });
});

describe('a sample', () => {
  it.each(SAMPLES)('of %s is marked as one on every channel, and is a notice as others are', async (sample) => {
    const told = sampleNotice(sample, 1_789_732_800_000, '0.1.0');
    const all = MODES.map((one) => one.settings(world.chat)).reduce((sum, one) => ({ ...sum, ...one }), {});
    const deps = { fetch: world.fetch, now: () => Date.now(), write: () => undefined, statusUrl: null };
    const notifiers = createNotifiers({ ...NOTHING_SET, ...all }, deps);
    for (const notifier of notifiers) await notifier.deliver(told, context());
    for (const one of MODES.filter(({ name, alarms }) => name !== 'webhook' && !(alarms && sample === 'reminder'))) {
      const [shown] = one.shown(world.chat);
      expect(shown, one.name).toMatch(/SAMPLE/);
      if (sample !== 'reminder') expect(shown, one.name).toContain(sample.toUpperCase());
    }
    const { body } = world.chat.webhook.received[0]!;
    expect(faultsOf('notice', body)).toEqual([]);
    expect(body.notice['network']).toMatch(/^NOT MAINNET: SAMPLE/);
    expect(world.chat.pagerduty.alerts.every(({ open: isOpen }) => !isOpen)).toBe(true);
    await Promise.all(notifiers.map((notifier) => notifier.close()));
  });
});
