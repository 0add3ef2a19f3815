import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startStatusServer, type RunningPage } from '../../src/status/server.ts';
import { HOSTILE } from '../notify/hostile.ts';
import { startBrowser } from '../support/browser.ts';
import { COMMIT, imageHash } from '../support/evidence.ts';
import { BUILDING_COMMIT, IDS } from './filled.ts';
import { openSite, type OpenSite } from './kit.ts';

let site: OpenSite;
let server: RunningPage;
let browser: Browser;
beforeAll(async () => {
  const hostileTitle = `<script>alert(1)</script><img src=x onerror=alert(2)> ${HOSTILE.join(' ').slice(0, 2500)}`;
  site = await openSite({ hostileTitle });
  const failed = (error: unknown): void => void site.failures.push(error);
  server = await startStatusServer(site.source, { host: '127.0.0.1', port: 0 }, { redact: (text) => text, failed });
  browser = await startBrowser();
}, 120_000);
afterAll(async () => {
  await browser.close();
  await server.close();
  await site.close();
});

const PAGES = [
  '/',
  '/history',
  `/proposals/${IDS.verified}`,
  `/proposals/${IDS.mismatch}`,
  `/proposals/${IDS.building}`,
  `/proposals/${IDS.hostile}`,
  `/commits/${COMMIT}`,
  `/hashes/${imageHash('guestos')}`,
  '/nothing',
];
const LOOKS = {
  'wide and light': { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  'narrow and dark': { viewport: { width: 390, height: 844 }, colorScheme: 'dark' },
} as const;

/** A tab that writes down whatever a page of ours must not do. */
async function watchedTab(context: BrowserContext): Promise<{ readonly page: Page; readonly offences: string[] }> {
  const offences: string[] = [];
  const page = await context.newPage();
  page.on('dialog', (dialog) => {
    offences.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => offences.push(`error ${error.message}`));
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 404/.test(message.text())) offences.push(`console ${message.text()}`);
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(`http://127.0.0.1:${server.port}/`)) offences.push(`request ${request.url()}`);
  });
  return { page, offences };
}

const at = (path: string): string => `http://127.0.0.1:${server.port}${path}`;

/** What axe-core calls serious or worse, with where. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  // A page about something that goes on is asked for again, and can be told not to be: WCAG 2.2.1 and 2.2.2 allow that.
  const { violations } = await page.evaluate<axe.AxeResults>(
    "axe.run(document, {rules: {'meta-refresh': {enabled: false}}})",
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}

/** Looked at for barriers in both looks; the other pages, of the same parts, in one of them by turns. */
const TWICE = ['/', `/proposals/${IDS.mismatch}`];

describe.each(Object.entries(LOOKS))('in a browser, %s,', (_name, look) => {
  it('every page is quiet, fits, and has no barrier', async () => {
    const context = await browser.newContext(look);
    const turn = look.colorScheme === 'light' ? 0 : 1;
    for (const [n, path] of PAGES.entries()) {
      const { page, offences } = await watchedTab(context);
      await page.goto(at(path));
      if (path.startsWith('/proposals/')) {
        const screens = await page.evaluate<number>('document.documentElement.scrollHeight / window.innerHeight');
        expect(screens, path).toBeLessThanOrEqual(3);
      }
      // What is folded away is read as well.
      await page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))");
      if (TWICE.includes(path) || n % 2 === turn) expect(await barriers(page), path).toEqual([]);
      const wider = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
      expect(wider, path).toBeLessThanOrEqual(0);
      expect(offences, path).toEqual([]);
      await page.close();
    }
    await context.close();
    expect(site.failures).toEqual([]);
  }, 120_000);
});

it('a barrier would be seen', async () => {
  const page = await browser.newPage();
  await page.goto(at('/nothing'));
  await page.evaluate("document.querySelector('main').append(new Image(), document.createElement('button'))");
  expect((await barriers(page)).map((each) => each.split(':')[0]).sort()).toEqual(['button-name', 'image-alt']);
  await page.close();
});

describe('in a browser without script', () => {
  let context: BrowserContext;
  beforeAll(async () => void (context = await browser.newContext({ javaScriptEnabled: false })));
  afterAll(() => context.close());

  it('one walks from the next deadline to its evidence and to the release of a hash', async () => {
    const { page, offences } = await watchedTab(context);
    await page.goto(at('/'));
    await page
      .getByRole('region', { name: 'Next deadline' })
      .getByRole('link', { name: `Proposal ${IDS.mismatch}` })
      .click();
    expect(await page.getByRole('region', { name: 'Verdict' }).innerText()).toContain('MISMATCH');
    await page
      .getByRole('link', { name: imageHash('hostos') })
      .first()
      .click();
    expect(await page.getByRole('region', { name: 'Answer' }).innerText()).toContain('CONTRADICTED');
    await page.getByRole('searchbox').or(page.getByLabel('Proposal, commit or SHA-256')).first().fill(IDS.verified);
    await page.getByRole('button', { name: 'Find' }).click();
    expect(page.url()).toBe(at(`/proposals/${IDS.verified}`));
    expect(await page.getByRole('region', { name: 'Verdict' }).innerText()).toContain('VERIFIED');
    expect(offences).toEqual([]);
  });

  it('the history is filtered', async () => {
    const { page, offences } = await watchedTab(context);
    await page.goto(at('/history'));
    await page.locator('select[name=outcome]').selectOption('mismatch');
    await page.getByRole('button', { name: 'Filter' }).click();
    expect(await page.getByRole('region', { name: 'Elections' }).locator('tbody tr').count()).toBe(1);
    expect(await page.getByRole('heading', { level: 2 }).innerText()).toBe('One election');
    expect(page.url()).toContain('outcome=mismatch');
    expect(offences).toEqual([]);
  });

  it('a build is followed as it goes on', async () => {
    const { page, offences } = await watchedTab(context);
    await page.goto(at(`/proposals/${IDS.building}`));
    await page.getByRole('link', { name: 'Follow its log' }).click({ noWaitAfter: true });
    await page.getByRole('log').getByText('[99] INFO').waitFor();
    const progress = JSON.stringify({ seconds: 3400, lastLine: 'x', tail: ['Linking the image'], lines: 101 });
    await site.database.db.updateTable('jobs').set({ progress }).where('kind', '=', 'build').execute();
    await page.getByText('Linking the image').waitFor();
    await site.database.db.updateTable('jobs').set({ state: 'finished' }).where('kind', '=', 'build').execute();
    await page.getByText('The build has ended.').waitFor();
    expect(page.url()).toBe(at(`/commits/${BUILDING_COMMIT}/live`));
    expect(offences).toEqual([]);
  });
});
