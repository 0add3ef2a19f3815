import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { GUILD } from '../../simnet/chat/discord-gateway.ts';
import type { CommandLink } from '../../src/notify/chat-listener.ts';
import { createCommandLinks, type CommandDeps } from '../../src/notify/chat-listeners.ts';
import { sendGatewaySocketsThroughProxy } from '../../src/platform/proxied-websocket.ts';
import { CHANNEL, openChatWorld, type ChatWorld } from './chat-kit.ts';
import { fakeActions } from './fake-actions.ts';
import { ID } from './notices.ts';

const [ADMINISTRATOR, MANAGE, ALL] = [1n << 3n, 1n << 5n, (1n << 50n) - 1n];
const NOTHING = { discordBotToken: null, discordChannelId: null, slackAppToken: null, slackAdmins: null };
const signal = new AbortController().signal;

let world: ChatWorld;
let actions: ReturnType<typeof fakeActions>;
let errors: unknown[];
let lost: string[];
let link: CommandLink;
beforeAll(async () => {
  world = await openChatWorld();
  world.chat.discord.store.addChannel({ id: CHANNEL });
  setDefaultCACertificates([...getCACertificates(), world.ca]);
  sendGatewaySocketsThroughProxy(world.proxy);
});
afterAll(() => world.close());
beforeEach(() => {
  actions = fakeActions();
  errors = [];
  lost = [];
});
afterEach(() => link.close());

function deps(): CommandDeps {
  const { fetch, dispatcher } = world;
  const [failed, fell] = [(error: unknown) => errors.push(error), (name: string) => lost.push(name)];
  return { fetch, dispatcher, environment: {}, actions, failed, lost: fell };
}

function discordLink(token = world.chat.discord.botToken): CommandLink {
  [link] = createCommandLinks({ ...NOTHING, discordBotToken: token, discordChannelId: CHANNEL }, deps()) as [
    CommandLink,
  ];
  return link;
}

function slackLink(token = world.chat.slack.socketMode.appToken): CommandLink {
  [link] = createCommandLinks({ ...NOTHING, slackAppToken: token, slackAdmins: ['U0ADMIN'] }, deps()) as [CommandLink];
  return link;
}

async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; !done() && tries < 200; tries += 1) await new Promise((next) => setTimeout(next, 50));
  expect(done()).toBe(true);
}

describe('commands over Discord’s gateway', () => {
  const gateway = () => world.chat.discord.gateway;

  it('are told to the server of the channel, and answered so that only the asker sees it', async () => {
    await discordLink().connected(signal);
    expect(gateway().commands.map(({ name }) => name)).toEqual([
      'proposals',
      'verdict',
      'evidence',
      'vote',
      'status',
      'mute',
      'redeliver',
    ]);
    const { deferred, message } = await gateway().ask({ command: 'verdict', id: ID });
    expect(deferred).toBe(true);
    expect(message.content).toBe('**🟥 MISMATCH · proposal 143816 · GuestOS election**');
    expect(message.allowed_mentions).toEqual({ parse: [] });
    expect(world.strangers).toEqual([]);
    expect(errors).toEqual([]);
  });

  it('change something only for who may manage the server', async () => {
    await discordLink().connected(signal);
    const stranger = await gateway().ask({ command: 'mute', id: ID, permissions: ALL & ~MANAGE & ~ADMINISTRATOR });
    expect(JSON.stringify(stranger)).toContain('Only who may manage this server');
    expect(actions.changes).toEqual([]);
    await gateway().ask({ command: 'mute', id: ID, permissions: MANAGE });
    expect(actions.changes).toEqual([`mute ${ID}`]);
    const hidden = gateway().commands.filter(({ default_member_permissions: needs }) => needs === String(MANAGE));
    expect(hidden.map(({ name }) => name)).toEqual(['mute', 'redeliver']);
  });

  it('are not taken from another server, whoever manages that', async () => {
    await discordLink().connected(signal);
    const guild = String(BigInt(GUILD) + 1n);
    void gateway().ask({ command: 'mute', id: ID, permissions: MANAGE, guild });
    await gateway().ask({ command: 'status' });
    expect(actions.changes).toEqual([]);
  });

  it('go on after the connection broke, without a second look', async () => {
    await discordLink().connected(signal);
    const before = gateway().identified;
    gateway().drop();
    await until(() => gateway().identified > before && gateway().connections === 1);
    const { message } = await gateway().ask({ command: 'status' });
    expect(message.content).toContain('nns-watch is well');
    await link.connected(signal);
    expect(gateway().identified).toBe(before + 1);
  });

  it('are connected again by the next look after Discord ended the session for good', async () => {
    await discordLink().connected(signal);
    const before = gateway().identified;
    gateway().endSessions(4014);
    await until(() => gateway().connections === 0);
    // The library may take a moment more to see that it was ended.
    for (let tries = 0; gateway().identified === before && tries < 200; tries += 1) {
      await link.connected(signal);
      await new Promise((next) => setTimeout(next, 20));
    }
    expect(gateway().identified).toBe(before + 1);
    expect((await gateway().ask({ command: 'proposals' })).message.content).toContain('Elections');
  });

  it('survive a packet that cannot be read', async () => {
    await discordLink().connected(signal);
    gateway().sendMalformed();
    expect((await gateway().ask({ command: 'status' })).message.content).toContain('well');
    expect(errors).toMatchObject([{ code: 'discord-client' }]);
  });

  it('fail with a refusal where the token is not good, which no error shows', async () => {
    const token = `${Buffer.from('1').toString('base64url')}.Wrong.not-the-secret`;
    const thrown = await discordLink(token)
      .connected(signal)
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({ kind: 'rejected', code: 'discord-unauthorized' });
    expect(String(thrown)).not.toContain('not-the-secret');
    expect(gateway().connections).toBe(0);
  });

  it('fail with an outage where Discord does not answer', async () => {
    world.chat.discord.faults.set({ fault: 'down' });
    await expect(discordLink().connected(signal)).rejects.toMatchObject({ kind: 'transport' });
    world.chat.discord.faults.clear();
    await link.connected(signal);
    expect(gateway().connections).toBe(1);
  });
});

describe('commands over Slack’s socket mode', () => {
  const socketMode = () => world.chat.slack.socketMode;

  it.each([
    ['/verdict', ID],
    ['/nns-verdict', ID],
    ['/nns-watch', `verdict ${ID}`],
  ])('are answered to the asker alone: %s %s', async (command, text) => {
    await slackLink().connected(signal);
    const shown = await socketMode().ask({ command, text });
    expect(shown.response_type).toBe('ephemeral');
    expect(shown.text).toMatch(/^🟥 MISMATCH · proposal 143816/);
    expect(shown.blocks?.length).toBeGreaterThan(2);
    expect(world.strangers).toEqual([]);
  });

  it('change something only for those whom the settings name', async () => {
    await slackLink().connected(signal);
    const refused = await socketMode().ask({ command: '/nns-mute', text: ID });
    expect(refused.text).toContain('Only whom SLACK_ADMINS names may do this');
    expect(actions.changes).toEqual([]);
    await socketMode().ask({ command: '/nns-watch', text: `redeliver ${ID}`, user: 'U0ADMIN' });
    expect(actions.changes).toEqual([`redeliver ${ID}`]);
  });

  it.each([['recycle'], ['drop']] as const)('are connected again after Slack did this: %s', async (what) => {
    await slackLink().connected(signal);
    socketMode()[what]();
    await until(() => lost.length === 1 && socketMode().connections === 0);
    await link.connected(signal);
    expect((await socketMode().ask({ command: '/nns-watch', text: 'status' })).text).toContain('well');
    expect(lost).toEqual(['slack']);
  });

  it('fail with a refusal where the token is not good, which no error shows', async () => {
    const thrown = await slackLink('xapp-not-the-secret')
      .connected(signal)
      .catch((error: unknown) => error);
    expect(thrown).toMatchObject({ kind: 'rejected', code: 'slack-invalid-auth' });
    expect(JSON.stringify(thrown)).not.toContain('not-the-secret');
  });

  it('fail with an outage where Slack does not answer', async () => {
    world.chat.slack.faults.set({ fault: 'http-500' });
    await expect(slackLink().connected(signal)).rejects.toMatchObject({ kind: 'transport' });
    world.chat.slack.faults.clear();
  });
});

it('there is no way for commands where none is set', () => {
  expect(createCommandLinks(NOTHING, deps())).toEqual([]);
});
