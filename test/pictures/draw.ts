import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import type { Notice } from '../../src/domain/notice.ts';
import { mentionOf, renderMessage as renderDiscord } from '../../src/notify/notifiers/discord/render.ts';
import { composeMessage } from '../../src/notify/message.ts';
import { renderMessage as renderSlack } from '../../src/notify/notifiers/slack/render.ts';
import { startBrowser } from '../support/browser.ts';
import { ALONE, CASES, notice, NOW, TYPES } from '../notify/notices.ts';
import { discordHtml } from './discord.ts';
import { page } from './page.ts';
import { slackHtml } from './slack.ts';
import { drawStatus } from './status.ts';

const ROLE = '800000000000000001';

/** One message as it looks in each chat, drawn from what is really sent. */
function looks(told: Notice): Readonly<Record<string, string>> {
  const message = composeMessage(told, { statusUrl: 'https://status.example.org/' });
  const mention = told.pings ? mentionOf(ROLE) : null;
  return {
    discord: page(discordHtml(renderDiscord(message, mention), NOW)),
    slack: page(slackHtml(renderSlack(message).blocks, NOW)),
  };
}

async function draw(browser: Browser, told: Notice, name: string, folder: string): Promise<void> {
  for (const [chat, text] of Object.entries(looks(told))) {
    const tab = await browser.newPage({ javaScriptEnabled: false, viewport: { width: 720, height: 900 } });
    await tab.setContent(text);
    await tab.locator('article').screenshot({ path: join(folder, `${chat}-${name}.png`) });
    await tab.close();
  }
}

/** `--all FOLDER`: every notice and outcome; else one verdict of each outcome, for the documentation. */
const [flag, given] = process.argv.slice(2);
const folder = flag === '--all' && given ? resolve(given) : resolve(import.meta.dirname, '../../docs/pictures');
const all = TYPES.flatMap((type) => {
  const cases = ALONE.includes(type) ? (['none'] as const) : CASES;
  return cases.map((outcome) => ({ type, outcome, name: `${type}-${outcome}` }));
});
const shown = (['verified', 'mismatch', 'inconclusive'] as const).map((outcome) => {
  return { type: 'verdict' as const, outcome, name: outcome };
});

if (flag !== '--all') await rm(folder, { recursive: true, force: true });
await mkdir(folder, { recursive: true });
const browser = await startBrowser();
try {
  for (const { type, outcome, name } of flag === '--all' ? all : shown) {
    await draw(browser, notice(type, outcome), name, folder);
  }
  if (flag !== '--all') await drawStatus(browser, folder);
} finally {
  await browser.close();
}
console.log(`Drawn into ${folder}`);
