import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Notice } from '../../src/domain/notice.ts';
import { createNotifiers, type NotifierSettings } from '../../src/notify/notifier-registry.ts';
import type { Database } from '../../src/store/database.ts';
import { NOTHING_SET, openChatWorld, type ChatWorld } from '../notify/chat-kit.ts';
import type { SimElection } from './outside.ts';

/** A message that stands in a channel; null: about no proposal. */
interface Standing {
  readonly proposal: string | null;
  readonly text: string;
  /** False: a line beside the messages themselves. */
  readonly whole: boolean;
}

interface Channel {
  readonly name: string;
  /** As the program calls the one who tells it. */
  readonly id: string;
  readonly kind: 'bot' | 'living webhook' | 'webhook';
  readonly messages: () => readonly Standing[];
}

const ROOM = '700000000000000001';
const HOOK_ROOM = '700000000000000002';
const SLACK_ROOM = 'C0ELECTIONS';
const SLACK_HOOK_ROOM = 'C0WEBHOOKS';
/** What a reader takes for a verdict, or for the word that there will be none in time. */
const TELLS_VERDICT = /VERIFIED|MISMATCH|INCONCLUSIVE|WILL NOT FINISH|"outcome":"|"cannot-finish"/;

/** Discord, Slack and somebody's receiver as servers of the loopback Internet, and what stands in their channels. */
export class RealChats {
  readonly settings: NotifierSettings;
  readonly channels: readonly Channel[];
  readonly #world: ChatWorld;
  readonly #now: () => number;
  /** By channel and proposal: when the first verdict was there, UTC milliseconds. */
  readonly #told = new Map<string, number>();

  private constructor(world: ChatWorld, now: () => number) {
    this.#world = world;
    this.#now = now;
    const { discord, slack, webhook } = world.chat;
    discord.limits.requests = 1_000_000;
    discord.store.addChannel({ id: ROOM });
    slack.store.addChannel(SLACK_ROOM);
    this.settings = {
      ...NOTHING_SET,
      discordWebhookUrls: [discord.addWebhook(HOOK_ROOM).url],
      discordBotToken: discord.botToken,
      discordChannelId: ROOM,
      slackWebhookUrl: slack.addWebhook(SLACK_HOOK_ROOM),
      slackBotToken: slack.botToken,
      slackChannelId: SLACK_ROOM,
      webhookUrl: webhook.url,
      webhookSecret: webhook.secret,
    };
    this.channels = channelsOf(world, this.settings);
    for (const host of world.chat.hosts) {
      const { handle } = host;
      host.handle = async (request, response, view) => {
        await handle(request, response, view);
        this.#look();
      };
    }
  }

  static async open(now: () => number): Promise<RealChats> {
    return new RealChats(await openChatWorld(), now);
  }

  /** Environment of a process that reaches them. */
  environment(directory: string): Record<string, string> {
    const file = join(directory, 'ca.pem');
    writeFileSync(file, this.#world.ca);
    return { ...this.#world.proxy, NODE_EXTRA_CA_CERTS: file };
  }

  /** As if the minutes had passed for which Discord knows a nonce. */
  forgetNonces(): void {
    this.#world.chat.discord.store.forgetNonces();
  }

  /** Everything that stands anywhere, for comparing. */
  everything(): readonly string[] {
    const { discord } = this.#world.chat;
    const threads = discord.store.visible(ROOM).flatMap(({ id }) => discord.store.thread(id));
    return [
      ...this.channels.flatMap(({ name, messages }) => messages().map(({ text }) => `${name} ${text}`)),
      ...threads.map(({ content }) => content),
      ...this.#slackReplies(),
    ];
  }

  close(): Promise<void> {
    return this.#world.close();
  }

  /** What was promised of what readers see, after so many kills. */
  async check(database: Database, elections: readonly SimElection[], kills: number): Promise<void> {
    const outcomes = await finalOutcomes(database);
    for (const channel of this.channels) {
      this.#checkDeadlines(channel, elections);
      checkEnd(channel, elections, outcomes);
      const notices = await sentTo(channel.id, database);
      if (channel.kind === 'bot') checkBot(channel, elections);
      else checkHook(channel, notices, kills);
    }
    this.#checkReceived(await sentTo(this.channels.find(({ name }) => name === 'webhook')!.id, database), kills);
    this.#checkThreads();
    expect(this.#world.strangers, 'hosts that nobody knows').toEqual([]);
  }

  #look(): void {
    for (const { name, messages } of this.channels) {
      for (const { proposal, text } of messages()) {
        const key = `${name} ${proposal}`;
        if (!this.#told.has(key) && TELLS_VERDICT.test(text)) this.#told.set(key, this.#now());
      }
    }
  }

  #checkDeadlines({ name }: Channel, elections: readonly SimElection[]): void {
    for (const { id, deadlineAt } of elections) {
      expect(this.#told.get(`${name} ${id}`), `${id} in ${name}`).toBeLessThanOrEqual(deadlineAt * 1000);
    }
  }

  /** Each notice was received, and at most one more of any per kill. */
  #checkReceived(notices: readonly Notice[], kills: number): void {
    const keys = this.#world.chat.webhook.received.map(({ body }) => String(body.notice['key']));
    for (const { key } of notices) expect(keys, 'received').toContain(key);
    expect(keys.length - new Set(keys).size, 'received twice').toBeLessThanOrEqual(kills);
  }

  /** Bots write each news into a thread once. */
  #checkThreads(): void {
    const { discord } = this.#world.chat;
    for (const { id } of discord.store.visible(ROOM)) {
      const lines = discord.store.thread(id).map(({ content }) => content);
      expect(lines, 'a thread in Discord').toEqual([...new Set(lines)]);
    }
    const replies = this.#slackReplies();
    expect(replies, 'threads in Slack').toEqual([...new Set(replies)]);
  }

  #slackReplies(): readonly string[] {
    const { store } = this.#world.chat.slack;
    const replies = store.visible(SLACK_ROOM).flatMap(({ ts }) => store.thread(SLACK_ROOM, ts));
    return replies.map(({ metadata }) => JSON.stringify(metadata));
  }
}

function channelsOf(world: ChatWorld, settings: NotifierSettings): readonly Channel[] {
  const { discord, slack, webhook } = world.chat;
  const deps = { fetch: world.fetch, now: () => 0, write: () => undefined, statusUrl: null };
  const ids = createNotifiers(settings, deps).map(({ id }) => id);
  const inDiscord = (room: string) => (): readonly Standing[] =>
    discord.store.visible(room).map((message) => {
      const whole = message.embeds.length > 0;
      const named = /proposal (\d+)$/.exec(message.embeds[0]?.footer?.text ?? '')?.[1] ?? null;
      return { proposal: named, text: JSON.stringify([message.content, message.embeds]), whole };
    });
  const inSlack = (room: string) => (): readonly Standing[] =>
    slack.store.visible(room).map(({ text, blocks }) => {
      const all = JSON.stringify([text, blocks]);
      return { proposal: / · proposal (\d+) · /.exec(text)?.[1] ?? null, text: all, whole: true };
    });
  const received = (): readonly Standing[] =>
    webhook.received.map(({ body }) => {
      const about = body.notice['proposal'] as { id: string } | null;
      return { proposal: about?.id ?? null, text: JSON.stringify(body), whole: true };
    });
  const all: readonly Omit<Channel, 'id'>[] = [
    { name: 'Discord webhook', kind: 'living webhook', messages: inDiscord(HOOK_ROOM) },
    { name: 'Discord bot', kind: 'bot', messages: inDiscord(ROOM) },
    { name: 'Slack webhook', kind: 'webhook', messages: inSlack(SLACK_HOOK_ROOM) },
    { name: 'Slack bot', kind: 'bot', messages: inSlack(SLACK_ROOM) },
    { name: 'webhook', kind: 'webhook', messages: received },
  ];
  return all.map((channel, index) => ({ ...channel, id: ids[index]! }));
}

/** The newest verdict of each proposal. */
async function finalOutcomes({ db }: Database): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('proposals')
    .innerJoin('verdicts', (join) =>
      join
        .onRef('verdicts.run_id', '=', 'proposals.verdict_run_id')
        .onRef('verdicts.revision', '=', 'proposals.verdict_revision'),
    )
    .select(['proposals.id', 'verdicts.outcome'])
    .execute();
  return new Map(rows.map(({ id, outcome }) => [id, outcome]));
}

async function sentTo(notifier: string, { db }: Database): Promise<readonly Notice[]> {
  const rows = await db
    .selectFrom('deliveries')
    .innerJoin('notices', 'notices.key', 'deliveries.notice_key')
    .select(['notices.notice'])
    .where('deliveries.notifier', '=', notifier)
    .where('deliveries.state', '=', 'sent')
    .execute();
  expect(rows.length, `sent to ${notifier}`).toBeGreaterThan(0);
  return rows.map(({ notice }) => JSON.parse(notice) as Notice);
}

/** Whoever reads the channel now learns how each election ended. */
function checkEnd(
  { name, messages }: Channel,
  elections: readonly SimElection[],
  outcomes: ReadonlyMap<string, string>,
): void {
  for (const { id } of elections) {
    const last = messages().findLast(({ proposal, whole }) => whole && proposal === id);
    expect(last?.text.toLowerCase(), `the last of ${id} in ${name}`).toContain(outcomes.get(id) ?? 'a verdict');
  }
}

function checkBot({ name, messages }: Channel, elections: readonly SimElection[]): void {
  for (const { id } of elections) {
    expect(messages().filter(({ proposal }) => proposal === id).length, `messages about ${id} in ${name}`).toBe(1);
  }
}

/** At least one message for each notice (one for each proposal, where messages live), and one more per kill at most. */
function checkHook({ name, kind, messages }: Channel, notices: readonly Notice[], kills: number): void {
  const news = notices.filter(({ type }) => type !== 'progress');
  const about = new Set(news.map(({ proposal }) => proposal?.id ?? null));
  for (const id of about)
    expect(
      messages().some(({ proposal }) => proposal === id),
      `${id} in ${name}`,
    ).toBe(true);
  if (name === 'webhook') return;
  const lives = kind === 'living webhook';
  const least = lives ? about.size : news.length;
  const most = lives ? news.filter(({ pings, proposal }) => pings || proposal === null).length + about.size : least;
  expect(messages().length, `messages in ${name}`).toBeGreaterThanOrEqual(least);
  expect(messages().length, `messages in ${name}`).toBeLessThanOrEqual(most + kills);
  const whole = messages().filter((message) => message.whole && message.proposal !== null);
  if (lives) expect(whole.length, `whole messages in ${name}`).toBeLessThanOrEqual(about.size + kills);
}
