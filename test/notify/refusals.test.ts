import { describe, expect, it } from 'vitest';
import type { Notifier } from '../../src/domain/notice.ts';
import { createNotifiers, type NotifierSettings } from '../../src/notify/notifier-registry.ts';
import { CHANNEL, context, NOTHING_SET, SLACK_CHANNEL } from './chat-kit.ts';
import { notice } from './notices.ts';

/** One request as the other side sees it: `POST /channels/1/messages`, or a method of Slack's. */
interface Asked {
  what: string;
  body: string;
}
type Answers = (asked: Asked) => [number, object] | undefined;

/** A chat that answers what the test says; what it says nothing about goes well. */
function against(settings: Partial<NotifierSettings>, answers: Answers, well: (asked: Asked) => object) {
  const asked: Asked[] = [];
  const fetch = async (url: string, { method = 'GET', body }: RequestInit = {}): Promise<Response> => {
    const { pathname } = new URL(url);
    const text = await new Response(body ?? null).text();
    const slack = pathname.startsWith('/api/v10') ? null : pathname.replace('/api/', '');
    const one = { what: slack ?? `${method} ${pathname.replace('/api/v10', '')}`, body: text };
    asked.push(one);
    const [status, json] = answers(one) ?? [200, well(one)];
    return new Response(JSON.stringify(json), { status, headers: { 'content-type': 'application/json' } });
  };
  const deps = { fetch: fetch as typeof globalThis.fetch, now: () => 0, write: () => undefined, statusUrl: null };
  return { notifier: createNotifiers({ ...NOTHING_SET, ...settings }, deps)[0] as Notifier, asked };
}

const discord = (answers: Answers) =>
  against({ discordBotToken: 'token', discordChannelId: CHANNEL }, answers, ({ what }) =>
    what.startsWith('GET') && what.endsWith('/messages') ? [] : { id: '900', type: 0 },
  );
const POST = `POST /channels/${CHANNEL}/messages`;
const refused = (code: number, status = 403): [number, object] => [status, { message: 'No', code }];

describe('a Discord bot', () => {
  it('tells also where nothing may be read', async () => {
    const { notifier, asked } = discord(({ what }) => (what.startsWith('GET') ? refused(0, 404) : undefined));
    expect(await notifier.deliver(notice('verdict', 'mismatch'), context())).toMatchObject({ message: '900' });
    expect(asked.filter(({ what }) => what === POST)).toHaveLength(1);
    await notifier.close();
  });

  it('tells after three tries though what is there cannot be read, and not before', async () => {
    const { notifier, asked } = discord(({ what }) => (what.endsWith('/@me') ? refused(0, 503) : undefined));
    const told = (attempt: number) => notifier.deliver(notice('discovered', 'none'), context({ attempt }));
    for (const attempt of [0, 1, 2]) await expect(told(attempt)).rejects.toMatchObject({ kind: 'transport' });
    expect(asked.filter(({ what }) => what === POST)).toEqual([]);
    expect(await told(3)).toMatchObject({ message: '900' });
    await notifier.close();
  });

  it('reads past messages of others that it cannot make out', async () => {
    const others = [null, {}, { id: '1', author: null }, { id: '2', author: { id: '7' }, embeds: [{ footer: null }] }];
    const own = { id: '3', author: { id: '900' }, embeds: [{ footer: { text: `nns-watch · proposal 143816` } }] };
    const { notifier, asked } = discord(({ what }) =>
      what === `GET /channels/${CHANNEL}/messages` ? [200, [...others, own]] : undefined,
    );
    await notifier.deliver(notice('verdict', 'mismatch', { pings: false }), context());
    expect(asked.map(({ what }) => what)).toContain(`PATCH /channels/${CHANNEL}/messages/3`);
    await notifier.close();
  });

  it('leaves the report out where it may attach no files', async () => {
    const { notifier, asked } = discord(({ body }) => (body.includes('filename=') ? refused(50013) : undefined));
    await notifier.deliver(notice('verdict', 'mismatch'), context());
    const posts = asked.filter(({ what }) => what === POST);
    expect(posts).toHaveLength(2);
    expect(posts[1]!.body).toContain('What to do now');
    await notifier.close();
  });

  it('posts anew what an earlier bot of the channel wrote, and whatever else it may not edit', async () => {
    for (const code of [50005, 50001, 0]) {
      const { notifier, asked } = discord(({ what }) => (what.startsWith('PATCH') ? refused(code) : undefined));
      const previous = { message: '1', channel: CHANNEL };
      expect(await notifier.deliver(notice('verdict', 'mismatch'), context({ previous }))).toMatchObject({
        message: '900',
      });
      expect(asked.filter(({ what }) => what === POST)).toHaveLength(1);
      await notifier.close();
    }
  });

  it('posts no new message for progress that it may not edit', async () => {
    const { notifier, asked } = discord(({ what }) => (what.startsWith('PATCH') ? refused(50001) : undefined));
    const previous = { message: '1', channel: CHANNEL };
    await expect(notifier.deliver(notice('progress', 'none'), context({ previous }))).rejects.toMatchObject({
      kind: 'rejected',
    });
    expect(asked.filter(({ what }) => what === POST)).toEqual([]);
    await notifier.close();
  });

  it.each([
    ['may be opened', 160006, /threads$/],
    ['is open to it', 160005, /^POST \/channels\/1\/messages$/],
  ])('pings in the channel where no thread %s', async (_, code, where) => {
    const { notifier, asked } = discord(({ what }) => (where.test(what) ? refused(code, 400) : undefined));
    const previous = { message: '1', channel: CHANNEL };
    await notifier.deliver(notice('verdict', 'mismatch'), context({ previous }));
    const [ping] = asked.filter(({ what }) => what === POST);
    expect(ping!.body).toContain('MISMATCH');
    await notifier.close();
  });

  it('does not try in other words where no words would help', async () => {
    const { notifier, asked } = discord(({ what }) => (what === POST ? refused(10003, 404) : undefined));
    await expect(notifier.deliver(notice('verdict', 'mismatch'), context())).rejects.toMatchObject({
      code: 'discord-unknown-channel',
    });
    expect(asked.filter(({ what }) => what === POST)).toHaveLength(1);
    await notifier.close();
  });
});

const slack = (answers: Answers) =>
  against({ slackBotToken: 'xoxb-token', slackChannelId: SLACK_CHANNEL }, answers, ({ what }) => ({
    ok: true,
    ts: '9.000001',
    ...(what.startsWith('conversations') ? { messages: [] } : {}),
    ...(what === 'auth.test' ? { bot_id: 'B1' } : {}),
  }));
const no = (error: string): [number, object] => [200, { ok: false, error }];
const posts = (asked: Asked[]) => asked.filter(({ what }) => what === 'chat.postMessage').map(({ body }) => body);

describe('a Slack bot', () => {
  it.each(['access_denied', 'unknown_method', 'team_access_not_granted'])(
    'tells also after %s to reading',
    async (error) => {
      const { notifier, asked } = slack(({ what }) => (what.startsWith('conv') ? no(error) : undefined));
      expect(await notifier.deliver(notice('discovered', 'none'), context())).toMatchObject({ ts: '9.000001' });
      expect(posts(asked)).toHaveLength(1);
      await notifier.close();
    },
  );

  it('tells after three tries though what is there cannot be read, and not before', async () => {
    const { notifier, asked } = slack(({ what }) => (what.startsWith('conv') ? no('fatal_error') : undefined));
    const told = (attempt: number) => notifier.deliver(notice('discovered', 'none'), context({ attempt }));
    await expect(told(2)).rejects.toMatchObject({ kind: 'transport' });
    expect(posts(asked)).toEqual([]);
    expect(await told(3)).toMatchObject({ ts: '9.000001' });
    await notifier.close();
  });

  it('reads past messages of others that it cannot make out', async () => {
    const messages = [null, {}, { ts: '1.0', bot_id: null }, { ts: 2, bot_id: 'B2' }];
    const { notifier, asked } = slack(({ what }) =>
      what.startsWith('conv') ? [200, { ok: true, messages }] : undefined,
    );
    await notifier.deliver(notice('discovered', 'none'), context());
    expect(posts(asked)).toHaveLength(1);
    await notifier.close();
  });

  it('tells also where its metadata or its blocks are refused', async () => {
    const { notifier, asked } = slack(({ what, body }) =>
      what === 'chat.postMessage' && /metadata=|blocks=/.test(body) ? no('metadata_must_be_sent_from_app') : undefined,
    );
    await notifier.deliver(notice('discovered', 'none'), context());
    expect(posts(asked).at(-1)).toContain('143816');
    await notifier.close();
  });

  it('pings in the channel where the thread takes no reply', async () => {
    const { notifier, asked } = slack(({ what, body }) =>
      what === 'chat.postMessage' && body.includes('thread_ts=') ? no('restricted_action_thread_locked') : undefined,
    );
    const previous = { ts: '1.000001', channel: SLACK_CHANNEL };
    await notifier.deliver(notice('verdict', 'mismatch'), context({ previous }));
    const last = posts(asked).filter((body) => !body.includes('thread_ts='));
    expect(last).toHaveLength(1);
    expect(decodeURIComponent(last[0]!)).toContain('MISMATCH');
    await notifier.close();
  });

  it('tries again while a workspace moves', async () => {
    const { notifier } = slack(({ what }) => (what === 'chat.postMessage' ? no('team_added_to_org') : undefined));
    await expect(notifier.deliver(notice('verdict', 'mismatch'), context())).rejects.toMatchObject({
      kind: 'transport',
    });
    await notifier.close();
  });
});
