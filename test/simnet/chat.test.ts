import { Webhook } from 'standardwebhooks';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHANNEL, openChatWorld, SLACK_CHANNEL, type ChatWorld } from '../notify/chat-kit.ts';

let world: ChatWorld;
beforeEach(async () => {
  world = await openChatWorld();
});
afterEach(() => world.close());

interface Reply {
  status: number;
  json: Record<string, unknown>;
  headers: Headers;
}

async function ask(url: string, method: string, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
  const init = { method, headers: { 'content-type': 'application/json', ...headers } };
  const answer = await world.fetch(url, body === undefined ? init : { ...init, body: JSON.stringify(body) });
  const text = await answer.text();
  const json = (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : { text }) as Reply['json'];
  return { status: answer.status, json, headers: answer.headers };
}

describe('the loopback Discord', () => {
  const api = 'https://discord.com/api/v10';
  const messages = `${api}/channels/${CHANNEL}/messages`;
  const asBot = (url: string, method: string, body?: unknown): Promise<Reply> =>
    ask(url, method, body, { authorization: `Bot ${world.chat.discord.botToken}` });
  beforeEach(() => {
    world.chat.discord.store.addChannel({ id: CHANNEL, type: 5 });
  });

  it.each([
    ['an unknown field', { content: 'x', colour: 1 }, 'colour'],
    ['2001 characters', { content: 'x'.repeat(2001) }, 'content'],
    ['a description of 4097', { embeds: [{ description: 'x'.repeat(4097) }] }, 'embeds'],
    ['a title of 257', { embeds: [{ title: 'x'.repeat(257) }] }, 'embeds'],
    ['a field value of 1025', { embeds: [{ fields: [{ name: 'a', value: 'x'.repeat(1025) }] }] }, 'embeds'],
    ['an empty field value', { embeds: [{ fields: [{ name: 'a', value: ' ' }] }] }, 'embeds'],
    ['26 fields', { embeds: [{ fields: Array.from({ length: 26 }, () => ({ name: 'a', value: 'b' })) }] }, 'embeds'],
    ['11 embeds', { embeds: Array.from({ length: 11 }, () => ({ title: 'x' })) }, 'embeds'],
    [
      'embeds of 6001 in all',
      { embeds: [{ description: 'x'.repeat(4000) }, { description: 'x'.repeat(2001) }] },
      'embeds',
    ],
    ['a nonce of 26', { content: 'x', nonce: 'x'.repeat(26) }, 'nonce'],
    [
      'roles both parsed and listed',
      { content: 'x', allowed_mentions: { parse: ['roles'], roles: [CHANNEL] } },
      'allowed_mentions',
    ],
  ])('refuses %s in its own words', async (_, body, field) => {
    const { status, json } = await asBot(messages, 'POST', body);
    expect(status).toBe(400);
    expect(json).toMatchObject({ code: 50035, message: 'Invalid Form Body' });
    expect(JSON.stringify(json['errors'])).toContain(field === 'colour' ? 'colour' : field);
    expect(world.chat.discord.store.visible(CHANNEL)).toEqual([]);
  });

  it('takes the largest of everything', async () => {
    const fields = Array.from({ length: 4 }, () => ({ name: 'n'.repeat(256), value: 'v'.repeat(200) }));
    const body = {
      content: 'x'.repeat(2000),
      embeds: [{ title: 't'.repeat(256), description: 'd'.repeat(3900), fields }],
    };
    expect((await asBot(messages, 'POST', body)).status).toBe(200);
  });

  it('refuses empty messages, other keys and unknown places', async () => {
    expect((await asBot(messages, 'POST', { content: ' ' })).json).toMatchObject({ code: 50006 });
    expect((await ask(messages, 'POST', { content: 'x' }, { authorization: 'Bot other' })).status).toBe(401);
    expect((await asBot(`${api}/channels/1/messages`, 'POST', { content: 'x' })).json).toMatchObject({ code: 10003 });
    expect((await asBot(`${messages}/1`, 'PATCH', { content: 'x' })).json).toMatchObject({ code: 10008 });
    expect((await ask(`${api}/webhooks/1/token`, 'POST', { content: 'x' })).json).toMatchObject({ code: 10015 });
  });

  it('pings whoever is mentioned, unless the mention is not allowed', async () => {
    const content = '<@&800000000000000001> <@900000000000000001> @everyone';
    await asBot(messages, 'POST', { content });
    await asBot(messages, 'POST', { content, allowed_mentions: { parse: [] } });
    await asBot(messages, 'POST', { content, allowed_mentions: { parse: [], roles: ['800000000000000001'] } });
    expect(world.chat.discord.store.visible(CHANNEL).map(({ pings }) => pings)).toEqual([
      ['role 800000000000000001', 'user 900000000000000001', 'everyone'],
      [],
      ['role 800000000000000001'],
    ]);
  });

  it('makes one message of all with one enforced nonce', async () => {
    const body = { content: 'x', nonce: 'same', enforce_nonce: true };
    const [first, second] = [await asBot(messages, 'POST', body), await asBot(messages, 'POST', body)];
    expect(first.json['id']).toBe(second.json['id']);
    world.chat.discord.store.forgetNonces();
    await asBot(messages, 'POST', body);
    expect(world.chat.discord.store.visible(CHANNEL)).toHaveLength(2);
  });

  it('publishes and starts a thread once', async () => {
    const { json } = await asBot(messages, 'POST', { content: 'x' });
    const message = `${messages}/${String(json['id'])}`;
    expect((await asBot(`${message}/crosspost`, 'POST')).status).toBe(200);
    expect((await asBot(`${message}/crosspost`, 'POST')).json).toMatchObject({ code: 40033 });
    expect((await asBot(`${message}/threads`, 'POST', { name: 'history' })).json).toMatchObject({
      id: json['id'],
      type: 10,
    });
    expect((await asBot(`${message}/threads`, 'POST', { name: 'history' })).json).toMatchObject({ code: 160004 });
  });

  it('limits requests in the form that libraries read', async () => {
    Object.assign(world.chat.discord.limits, { requests: 1, seconds: 60 });
    expect((await asBot(messages, 'POST', { content: 'x' })).headers.get('x-ratelimit-remaining')).toBe('0');
    const { status, json, headers } = await asBot(messages, 'POST', { content: 'x' });
    expect(status).toBe(429);
    expect(json).toMatchObject({ message: 'You are being rate limited.', global: false });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(50);
  });

  it('shows what a webhook wrote only to that webhook', async () => {
    const [own, other] = [world.chat.discord.addWebhook(CHANNEL), world.chat.discord.addWebhook(CHANNEL)];
    const { json } = await ask(`${own.url}?wait=true`.replace('/api/', '/api/v10/'), 'POST', { content: 'x' });
    const at = (url: string): string => `${url.replace('/api/', '/api/v10/')}/messages/${String(json['id'])}`;
    expect((await ask(at(own.url), 'PATCH', { content: 'y' })).json).toMatchObject({ content: 'y' });
    expect((await ask(at(other.url), 'PATCH', { content: 'z' })).json).toMatchObject({ code: 10008 });
    expect(world.chat.discord.store.visible(CHANNEL)[0]).toMatchObject({ content: 'y', edits: 1 });
  });
});

describe('the loopback Slack', () => {
  const call = (method: string, body: object, token = world.chat.slack.botToken): Promise<Reply> =>
    ask(`https://slack.com/api/${method}`, 'POST', body, { authorization: `Bearer ${token}` });
  const header = (length: number) => ({ type: 'header', text: { type: 'plain_text', text: 'x'.repeat(length) } });
  const section = (length: number) => ({ type: 'section', text: { type: 'mrkdwn', text: 'x'.repeat(length) } });
  beforeEach(() => world.chat.slack.store.addChannel(SLACK_CHANNEL));

  it.each([
    ['51 blocks', Array.from({ length: 51 }, () => header(1)), 'invalid_blocks'],
    ['a header of 151', [header(151)], 'invalid_blocks'],
    ['a section of 3001', [section(3001)], 'invalid_blocks'],
    ['an empty text', [section(0)], 'invalid_blocks'],
    ['an unknown field', [{ ...header(1), colour: 'red' }], 'invalid_blocks'],
    ['an unknown block', [{ type: 'headline' }], 'invalid_blocks'],
    ['11 fields', [{ type: 'section', fields: Array.from({ length: 11 }, () => section(1).text) }], 'invalid_blocks'],
    ['a field of 2001', [{ type: 'section', fields: [section(2001).text] }], 'invalid_blocks'],
    [
      'a rich text element without text',
      [{ type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: '' }] }] }],
      'invalid_blocks',
    ],
    ['too much text in all', Array.from({ length: 5 }, () => section(3000)), 'msg_blocks_too_long'],
  ])('refuses %s in its own words', async (_, blocks, error) => {
    const { json } = await call('chat.postMessage', { channel: SLACK_CHANNEL, text: 'x', blocks });
    expect(json).toMatchObject({ ok: false, error });
    expect(world.chat.slack.store.visible(SLACK_CHANNEL)).toEqual([]);
  });

  it('refuses unknown arguments, channels, messages and keys', async () => {
    const channel = SLACK_CHANNEL;
    expect((await call('chat.postMessage', { channel, text: 'x', colour: 1 })).json['error']).toBe('invalid_arguments');
    expect((await call('chat.postMessage', { channel: 'C0OTHER', text: 'x' })).json['error']).toBe('channel_not_found');
    expect((await call('chat.update', { channel, ts: '1790000000.000009', text: 'x' })).json['error']).toBe(
      'message_not_found',
    );
    expect((await call('chat.postMessage', { channel, text: 'x' }, 'other')).json['error']).toBe('invalid_auth');
    expect((await call('chat.postMessage', { channel })).json['error']).toBe('no_text');
  });

  it('gives metadata only to who asks for it', async () => {
    const metadata = { event_type: 'some_event', event_payload: { key: 'k' } };
    await call('chat.postMessage', { channel: SLACK_CHANNEL, text: 'x', metadata });
    const without = await call('conversations.history', { channel: SLACK_CHANNEL });
    const wanted = await call('conversations.history', { channel: SLACK_CHANNEL, include_all_metadata: true });
    expect(JSON.stringify(without.json)).not.toContain('some_event');
    expect(JSON.stringify(wanted.json)).toContain('some_event');
  });

  it('answers incoming webhooks with a word', async () => {
    const url = world.chat.slack.addWebhook(SLACK_CHANNEL);
    expect((await ask(url, 'POST', { text: 'x' })).json['text']).toBe('ok');
    expect(await ask(url, 'POST', { text: 'x', colour: 1 })).toMatchObject({
      status: 400,
      json: { text: 'invalid_payload' },
    });
    expect(await ask(`${url}x`, 'POST', { text: 'x' })).toMatchObject({ status: 404, json: { text: 'no_service' } });
  });
});

describe('the receiver of webhooks', () => {
  const body = JSON.stringify({ schema: 'nns-watch/notice@1', type: 'test', notice: {} });
  const send = async (text: string, secret: string): Promise<number> => {
    const at = new Date();
    const headers = {
      'webhook-id': 'msg_1',
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign('msg_1', at, text),
    };
    return (await world.fetch(world.chat.webhook.url, { method: 'POST', headers, body: text })).status;
  };

  it('takes what is signed with the shared secret, and nothing else', async () => {
    const { secret } = world.chat.webhook;
    expect(await send(body, `whsec_${Buffer.from('another secret of some length').toString('base64')}`)).toBe(401);
    expect(await send(JSON.stringify({ schema: 'other' }), secret)).toBe(400);
    expect(world.chat.webhook.received).toEqual([]);
    expect(await send(body, secret)).toBe(204);
    expect(world.chat.webhook.received).toHaveLength(1);
  });
});
