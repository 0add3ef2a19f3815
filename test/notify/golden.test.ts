import { describe, expect, it } from 'vitest';
import { createNotifiers } from '../../src/notify/registry.ts';
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
import { CASES, notice, TYPES, type Case } from './notices.ts';

const json = (value: unknown): string => JSON.stringify(value, null, 2);

async function consoleText(told: Notice): Promise<string> {
  const lines: string[] = [];
  const write = (line: string): void => void lines.push(line);
  const fetch = (): Promise<Response> => Promise.reject(new Error('the console fetches nothing'));
  const [notifier] = createNotifiers(NOTHING_SET, { fetch, now: () => 0, write, statusUrl: null });
  await notifier!.deliver(told, context());
  return lines.join('\n');
}

async function goldenText(told: Notice): Promise<string> {
  const message = composeMessage(told, { statusUrl: 'https://status.example.org/' });
  const mention = told.pings ? mentionOf(ROLE) : null;
  const parts = {
    console: await consoleText(told),
    discord: json(discord(message, mention)),
    'discord, news': json(discordNews(message, mention)),
    slack: json(slack(message)),
    'slack, news': json(slackNews(message)),
    webhook: json(JSON.parse(noticeBodies(told)[0]!())),
    attachment: message.attachment?.text ?? 'none',
  };
  return Object.entries(parts)
    .map(([name, text]) => `==== ${name}\n${text}\n`)
    .join('\n');
}

const pairs = TYPES.flatMap((type): { type: NoticeType; outcome: Case }[] =>
  (type === 'trouble' || type === 'test' ? (['none'] as const) : CASES).map((outcome) => ({ type, outcome })),
);

describe('each notice and outcome', () => {
  it.each(pairs)('looks as it did: $type, $outcome', async ({ type, outcome }) => {
    const told = notice(type, outcome);
    await expect(await goldenText(told)).toMatchFileSnapshot(`golden/${type}-${outcome}.txt`);
  });

  it('looks as it did on a network that is not mainnet', async () => {
    const network = 'NOT MAINNET: IC_ROOT_KEY';
    const mainnet = notice('verdict', 'verified');
    const verdict = { ...mainnet.verdict!, network, verdict: { ...mainnet.verdict!.verdict } };
    verdict.verdict['headline'] = `NOT MAINNET · ${String(verdict.verdict['headline'])}`;
    const told = { ...mainnet, network, verdict };
    const text = await goldenText(told);
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
