import { describe, expect, it } from 'vitest';
import { createNotifiers } from '../../src/notify/notifier-registry.ts';
import {
  mentionOf,
  renderMessage as discord,
  renderNews as discordNews,
} from '../../src/notify/notifiers/discord/render.ts';
import { composeMessage } from '../../src/notify/message.ts';
import { renderMessage as slack, renderNews as slackNews } from '../../src/notify/notifiers/slack/render.ts';
import { noticeBodies } from '../../src/notify/notice-body.ts';
import type { Notice, NoticeType } from '../../src/domain/notice.ts';
import { createMessage } from '../../simnet/chat/discord-schema.ts';
import { blocks } from '../../simnet/chat/slack-schema.ts';
import { context, NOTHING_SET, ROLE } from './chat-kit.ts';
import { ALONE, CASES, notice, TYPES, type Case } from './notices.ts';

/** JSON in which whatever fits into a line stands on one. */
function json(value: unknown, indent = ''): string {
  const line = JSON.stringify(value);
  if (typeof value !== 'object' || value === null || indent.length + line.length <= 160) return line;
  const inner = `${indent}  `;
  const list = Array.isArray(value);
  const lines = Object.entries(value).map(
    ([key, one]) => `${inner}${list ? '' : `${JSON.stringify(key)}: `}${json(one, inner)}`,
  );
  const [open, close] = list ? '[]' : '{}';
  return `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}

async function consoleText(told: Notice): Promise<string> {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const fetch = (): Promise<Response> => Promise.reject(new Error('the console fetches nothing'));
  const [notifier] = createNotifiers(NOTHING_SET, { fetch, now: () => 0, write, statusUrl: null });
  await notifier!.deliver(told, context());
  return lines.join('\n');
}

const STATUS_URL = 'https://status.example.org/';

async function goldenText(told: Notice, whole: boolean): Promise<string> {
  const message = composeMessage(told, { statusUrl: STATUS_URL });
  const mention = told.pings ? mentionOf(ROLE) : null;
  const parts = {
    console: await consoleText(told),
    discord: json(discord(message, mention)),
    'discord, news': json(discordNews(message, mention)),
    ...(whole
      ? {
          slack: json(slack(message)),
          'slack, news': json(slackNews(message)),
          webhook: json(JSON.parse(noticeBodies(told)[0]!())),
          attachment: message.attachment?.text ?? 'none',
        }
      : {}),
  };
  return Object.entries(parts)
    .map(([name, text]) => `==== ${name}\n${text}\n`)
    .join('\n');
}

/** One of each kind in every channel, as it goes over the wire; the others differ in words that the verdict gives. */
const SHOWN: Readonly<Record<NoticeType, Case>> = {
  ...{ discovered: 'none', progress: 'none', reminder: 'none', 'cannot-finish': 'none', trouble: 'none', test: 'none' },
  ...{ 'early-finding': 'none', decided: 'none', closed: 'none', outcome: 'none', verdict: 'mismatch' },
  ...{ 'registry-differs': 'verified', deployment: 'none' },
};
const OTHER_VERDICTS = ['verified', 'unconfirmed', 'inconclusive'] as const;

/** The letters and digits of every text within, whatever a channel escapes and lays out. */
function letters(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Object.values(value).map(letters).join('');
  return typeof value === 'string' ? value.replace(/[^\p{L}\p{N}]+/gu, '') : '';
}

const pairs = TYPES.flatMap((type): { type: NoticeType; outcome: Case }[] =>
  (ALONE.includes(type) ? (['none'] as const) : CASES).map((outcome) => ({ type, outcome })),
);

describe('each notice and outcome', () => {
  it.each(TYPES)('looks as it did: %s', async (type) => {
    const told = notice(type, SHOWN[type]);
    await expect(await goldenText(told, true)).toMatchFileSnapshot(`golden/${type}.txt`);
  });

  it.each(OTHER_VERDICTS)('looks as it did: verdict, %s', async (outcome) => {
    const told = notice('verdict', outcome);
    await expect(await goldenText(told, false)).toMatchFileSnapshot(`golden/verdict-${outcome}.txt`);
  });

  it.each(pairs)('says the same on every channel: $type, $outcome', async ({ type, outcome }) => {
    const told = notice(type, outcome);
    const message = composeMessage(told, { statusUrl: STATUS_URL });
    const bodies = {
      console: await consoleText(told),
      discord: discord(message, null),
      slack: slack(message),
    };
    const news = { discord: discordNews(message, null), slack: slackNews(message) };
    for (const [channel, body] of Object.entries(bodies))
      for (const text of [message.title, ...(channel === 'console' && type === 'progress' ? [] : [message.headline])])
        expect(letters(body), channel).toContain(letters(text));
    for (const [channel, body] of Object.entries(news))
      expect(letters(body), channel).toContain(letters(told.sentence));
    const sent = JSON.parse(noticeBodies(told)[0]!()) as Record<string, unknown>;
    expect(sent).toEqual({
      schema: 'nns-watch/notice@1',
      type,
      notice: { ...told, verdict: undefined },
      ...(told.verdict ? { verdict: told.verdict } : {}),
    });
  });

  it('looks as it did on a network that is not mainnet', async () => {
    const network = 'NOT MAINNET: IC_ROOT_KEY';
    const mainnet = notice('verdict', 'verified');
    const verdict = { ...mainnet.verdict!, network, verdict: { ...mainnet.verdict!.verdict } };
    verdict.verdict['headline'] = `NOT MAINNET · ${String(verdict.verdict['headline'])}`;
    const told = { ...mainnet, network, verdict };
    const text = await goldenText(told, false);
    const message = composeMessage(told, { statusUrl: null });
    const begins = [
      await consoleText(told),
      discord(message, mentionOf(ROLE)).content,
      discordNews(message, mentionOf(ROLE)).content,
      slack(message).text,
      slackNews(message).text,
      message.attachment!.text,
    ];
    for (const one of begins) expect(one).toMatch(/^\W*NOT MAINNET/);
    await expect(text).toMatchFileSnapshot('golden/verdict-not-mainnet.txt');
  });

  it.each(pairs)('is within the limits of Discord and Slack: $type, $outcome', ({ type, outcome }) => {
    const message = composeMessage(notice(type, outcome), { statusUrl: null });
    expect(createMessage.safeParse(discord(message, mentionOf(ROLE))).error).toBeUndefined();
    expect(createMessage.safeParse(discordNews(message, mentionOf('@everyone'))).error).toBeUndefined();
    expect(blocks.safeParse(slack(message).blocks).error).toBeUndefined();
    expect(blocks.safeParse(slackNews(message).blocks).error).toBeUndefined();
  });
});
