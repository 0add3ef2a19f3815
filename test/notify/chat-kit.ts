import { ProxyAgent, fetch, type Dispatcher } from 'undici';
import { createCa } from '../../simnet/ca.ts';
import { createChat, type Chat } from '../../simnet/chat/index.ts';
import { startProxy } from '../../simnet/proxy.ts';
import type { View } from '../../simnet/types.ts';
import {
  createNotifiers,
  notifierSettings,
  type NotifierDeps,
  type NotifierSettings,
} from '../../src/notify/notifier-registry.ts';
import type { DeliveryContext, Notifier } from '../../src/domain/notice.ts';
import { MORE_MODES } from './more-modes.ts';

/** The chats behind the loopback proxy, and a `fetch` that reaches them under their real names over TLS. */
export interface ChatWorld {
  chat: Chat;
  fetch: typeof globalThis.fetch;
  dispatcher: Dispatcher;
  /** Environment of a program that is to meet these chats; the certificate is given apart. */
  proxy: { HTTPS_PROXY: string };
  ca: string;
  /** Hosts that were asked for and are not there. */
  strangers: string[];
  close: () => Promise<void>;
}

/** One for all worlds of a file: making keys takes longer than most tests. */
const authority = createCa();

export async function openChatWorld(): Promise<ChatWorld> {
  const chat = createChat();
  await chat.mail.start();
  const ca = await authority;
  const strangers: string[] = [];
  const bugs: unknown[] = [];
  const hosts = new Map(chat.hosts.flatMap((host) => host.names.map((name) => [name, host])));
  const proxy = await startProxy(ca, {
    knows: (host) => hosts.has(host),
    refused: (target) => strangers.push(target),
    upgrade: (host, request, socket, head) => {
      const { upgrade } = hosts.get(host)!;
      if (upgrade === undefined) socket.destroy();
      else upgrade(request, socket, head, {} as View);
    },
    request: (host, request, response) => {
      Promise.resolve(hosts.get(host)!.handle(request, response, {} as View)).catch((error: unknown) => {
        bugs.push(error);
        response.destroy();
      });
    },
  });
  const dispatcher = new ProxyAgent({ uri: proxy.url, requestTls: { ca: ca.pem, allowH2: false } });
  const throughProxy = (input: string, init: object = {}) => fetch(input, { ...init, dispatcher });
  return {
    chat,
    strangers,
    dispatcher,
    proxy: { HTTPS_PROXY: proxy.url },
    ca: ca.pem,
    fetch: throughProxy as unknown as typeof globalThis.fetch,
    close: async () => {
      await dispatcher.destroy();
      await proxy.close();
      await chat.mail.close();
      if (bugs.length > 0) throw bugs[0];
    },
  };
}

export const NOTHING_SET = Object.fromEntries(
  Object.keys(notifierSettings).map((key) => [key, null]),
) as unknown as NotifierSettings;

export const CHANNEL = '700000000000000001';
export const ROLE = '800000000000000001';
export const SLACK_CHANNEL = 'C0ELECTIONS';

/** One notifier in one mode, with what its readers see. */
export interface Mode {
  name: string;
  settings: (chat: Chat) => Partial<NotifierSettings>;
  /** Text of each message that stands in the channel, whole. */
  shown: (chat: Chat) => string[];
  /** Text of each reply in threads. */
  replies: (chat: Chat) => string[];
  /** Who was pinged, by all messages together. */
  pings: (chat: Chat) => string[];
  edits: boolean;
  recognises: boolean;
  remove?: (chat: Chat, at: number) => void;
  faults: (chat: Chat) => Chat['discord']['faults'];
  post: RegExp;
  /** Nothing there says whether a message is to ring. */
  silent?: true;
  /** Is told of alarms alone. */
  alarms?: true;
  /** Its server cannot say how long to wait. */
  impatient?: true;
}

const discordShown = (chat: Chat): string[] => chat.discord.store.visible(CHANNEL).map((one) => JSON.stringify(one));
const discordThreads = (chat: Chat) =>
  chat.discord.store.visible(CHANNEL).flatMap((message) => chat.discord.store.thread(message.id));
const slackShown = (chat: Chat): string[] =>
  chat.slack.store.visible(SLACK_CHANNEL).map((one) => JSON.stringify([one.text, one.blocks]));
const slackThreads = (chat: Chat) =>
  chat.slack.store.visible(SLACK_CHANNEL).flatMap(({ ts }) => chat.slack.store.thread(SLACK_CHANNEL, ts));

const discordRemove = (chat: Chat, at: number): void =>
  chat.discord.store.delete(CHANNEL, chat.discord.store.visible(CHANNEL)[at]!.id);

export const MODES: readonly Mode[] = [
  {
    name: 'discord bot',
    settings: (chat) => {
      if (!chat.discord.store.channels.has(CHANNEL)) chat.discord.store.addChannel({ id: CHANNEL, type: 5 });
      return { discordBotToken: chat.discord.botToken, discordChannelId: CHANNEL, discordMention: ROLE };
    },
    shown: discordShown,
    replies: (chat) => discordThreads(chat).map(({ content }) => content),
    pings: (chat) => [...chat.discord.store.channels.values()].flatMap((c) => c.messages.flatMap((m) => m.pings)),
    edits: true,
    recognises: true,
    remove: discordRemove,
    faults: (chat) => chat.discord.faults,
    post: /^POST .*\/channels\/\d+\/messages$/,
  },
  {
    name: 'discord webhook',
    settings: (chat) => ({ discordWebhookUrls: [chat.discord.addWebhook(CHANNEL).url], discordMention: ROLE }),
    shown: discordShown,
    replies: () => [],
    pings: (chat) => [...chat.discord.store.channels.values()].flatMap((c) => c.messages.flatMap((m) => m.pings)),
    edits: true,
    recognises: false,
    remove: discordRemove,
    faults: (chat) => chat.discord.faults,
    post: /^POST .*\/webhooks\//,
  },
  {
    name: 'slack bot',
    settings: (chat) => {
      if (!chat.slack.store.channels.has(SLACK_CHANNEL)) chat.slack.store.addChannel(SLACK_CHANNEL);
      return { slackBotToken: chat.slack.botToken, slackChannelId: SLACK_CHANNEL };
    },
    shown: slackShown,
    replies: (chat) => slackThreads(chat).map(({ text, blocks }) => JSON.stringify([text, blocks])),
    pings: (chat) => slackThreads(chat).flatMap(({ broadcast, ts }) => (broadcast ? [ts] : [])),
    edits: true,
    recognises: true,
    remove: (chat, at) => chat.slack.store.delete(SLACK_CHANNEL, chat.slack.store.visible(SLACK_CHANNEL)[at]!.ts),
    faults: (chat) => chat.slack.faults,
    post: /chat\.postMessage/,
  },
  {
    name: 'slack webhook',
    settings: (chat) => ({ slackWebhookUrl: chat.slack.addWebhook(SLACK_CHANNEL) }),
    shown: slackShown,
    replies: () => [],
    pings: () => [],
    edits: false,
    recognises: false,
    faults: (chat) => chat.slack.faults,
    post: /\/services\//,
    silent: true,
  },
  {
    name: 'webhook',
    settings: (chat) => ({ webhookUrl: chat.webhook.url, webhookSecret: chat.webhook.secret }),
    shown: (chat) => chat.webhook.received.map(({ body }) => JSON.stringify(body)),
    replies: () => [],
    pings: () => [],
    edits: false,
    recognises: false,
    faults: (chat) => chat.webhook.faults,
    post: /nns-watch/,
    silent: true,
  },
  ...MORE_MODES,
];

export function openNotifier(world: ChatWorld, mode: Mode, deps: Partial<NotifierDeps> = {}): Notifier {
  const settings = { ...NOTHING_SET, ...mode.settings(world.chat) };
  const [notifier] = createNotifiers(settings, {
    fetch: world.fetch,
    now: () => Date.now(),
    write: () => undefined,
    statusUrl: 'https://status.example.org/',
    ...deps,
  });
  return notifier!;
}

export function context(given: Partial<DeliveryContext> = {}): DeliveryContext {
  return { previous: null, attempt: 0, signal: new AbortController().signal, ...given };
}
