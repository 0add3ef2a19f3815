import { Hono, type Context } from 'hono';
import type { HealthReport } from './health.ts';
import { healthOf, isReady } from './health.ts';
import { badge, ICON } from './badge.ts';
import { hostRule } from './hosts.ts';
import { electionJson, statusJson } from '../domain/overview-json.ts';
import type { Frame } from './layout.ts';
import { historyPage } from './pages/history.ts';
import { messagePage } from './pages/message.ts';
import { overviewPage } from './pages/overview.ts';
import { storyPage } from './pages/proposal.ts';
import { filterOf, soughtBy, type Sought } from './query.ts';
import type { Shown, StatusSource } from './source.ts';
import { STYLE_HASH } from './style.ts';

export interface SiteOptions {
  /** Told what nobody expected; whoever asked is told nothing of it. */
  readonly failed: (error: unknown) => void;
}

/** No script, nothing of another host, in no frame. Forms only ask us. */
const POLICY = `default-src 'none'; style-src ${STYLE_HASH}; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': POLICY,
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};
/** Badges stand on other pages. */
const SHARED = { 'Content-Type': 'image/svg+xml', 'Cross-Origin-Resource-Policy': 'cross-origin' };
const FEED_ENTRIES = 50;

/** What answers requests: it can read, and nothing else. */
export function statusSite(source: StatusSource, listenHost: string, { failed }: SiteOptions): Hono {
  const app = new Hono();
  guard(app, source, listenHost);
  app.onError((error, context) => {
    failed(error);
    return context.text('This could not be shown; the log of the service says why.\n', 500);
  });
  app.notFound((context) => notFound(context, source));
  machines(app, source);
  people(app, source);
  stories(app, source);
  return app;
}

function guard(app: Hono, { publicUrl }: StatusSource, listenHost: string): void {
  const isOurs = hostRule(listenHost, publicUrl);
  app.use(async (context, next) => {
    for (const [name, value] of Object.entries(HEADERS)) context.header(name, value);
    if (!isOurs(context.req.header('Host'))) return context.text('This host name is not known here.\n', 421);
    if (context.req.method !== 'GET' && context.req.method !== 'HEAD') {
      return context.text('There is only something to read here.\n', 405, { Allow: 'GET, HEAD' });
    }
    return next();
  });
}

function machines(app: Hono, source: StatusSource): void {
  app.get('/healthz', async (context) => {
    const report = await source.status().then(healthOf, unreadable);
    return context.json(report, report.ok ? 200 : 503);
  });
  app.get('/readyz', async (context) => {
    const ready = await source.status().then(isReady, () => false);
    return context.json({ ready }, ready ? 200 : 503);
  });
  // Libraries that only some need are loaded for them.
  app.get('/metrics', async (context) => {
    const { metricsText } = await import('./metrics.ts');
    const { text, contentType } = await metricsText(await source.status());
    return context.body(text, 200, { 'Content-Type': contentType });
  });
  app.get('/feed.atom', async (context) => {
    const { atomFeed } = await import('./feed.ts');
    const { elections } = await source.history({ outcome: null, kind: null, page: 1 });
    const base = source.publicUrl ?? new URL(context.req.url).origin;
    const text = atomFeed(frameOf(source), elections.slice(0, FEED_ENTRIES), base);
    return context.body(text, 200, { 'Content-Type': 'application/atom+xml; charset=utf-8' });
  });
  app.get('/icon.svg', (context) => context.body(ICON, 200, { 'Content-Type': 'image/svg+xml' }));
}

function people(app: Hono, source: StatusSource): void {
  app.get('/', async (context) => context.html(overviewPage(await source.status())));
  app.get('/status.json', async (context) => context.json(statusJson(await source.status())));
  app.get('/history', async (context) => {
    const filter = filterOf((name) => context.req.query(name));
    return context.html(historyPage(frameOf(source), filter, await source.history(filter)));
  });
  app.get('/history.json', async (context) => {
    const filter = filterOf((name) => context.req.query(name));
    const { elections, total, pages } = await source.history(filter);
    const proposals = elections.map((row) => electionJson(row, source.now()));
    const { network } = source;
    return context.json({ schema: 'nns-watch/proposals@1', network, ...filter, pages, total, proposals });
  });
  app.get('/find', (context) => {
    const sought = soughtBy((context.req.query('q') ?? '').trim());
    return sought ? context.redirect(sought.path) : notFound(context, source);
  });
}

function stories(app: Hono, source: StatusSource): void {
  for (const folder of ['proposals', 'commits', 'hashes']) {
    app.get(`/${folder}/:name{[0-9A-Za-z]+\\.json}`, async (context) => {
      const found = await foundIn(source, folder, context.req.param('name').slice(0, -'.json'.length));
      return found ? context.json(found.shown.document) : context.json({ error: 'not known' }, 404);
    });
    app.get(`/${folder}/:name{[0-9A-Za-z]+}`, async (context) => {
      const found = await foundIn(source, folder, context.req.param('name'));
      if (!found) return notFound(context, source);
      const { path, title } = found.sought;
      return context.html(storyPage(frameOf(source), title, found.shown, `${path}.json`));
    });
  }
  app.get('/badge/:name{[0-9A-Za-z]+\\.svg}', async (context) => {
    const sought = soughtBy(context.req.param('name').slice(0, -'.svg'.length));
    const shown = sought && (await source.find(sought));
    if (!sought || !shown) return context.body(badge(source.network, 'nns-watch', 'unknown'), 404, SHARED);
    const label = /^\d{1,20}$/.test(sought.sought) ? sought.sought : sought.sought.slice(0, 10);
    const outcome = shown.story.verdict?.verdict.outcome ?? null;
    return context.body(badge(source.network, label, outcome), 200, SHARED);
  });
}

async function foundIn(
  source: StatusSource,
  folder: string,
  name: string,
): Promise<{ readonly sought: Sought; readonly shown: Shown } | null> {
  const sought = soughtBy(name);
  if (!sought?.path.startsWith(`/${folder}/`)) return null;
  const shown = await source.find(sought);
  return shown && { sought, shown };
}

function frameOf({ network, toolVersion, now }: StatusSource): Frame {
  return { network, toolVersion, at: now() };
}

function notFound(context: Context, source: StatusSource): Response | Promise<Response> {
  return context.html(messagePage(frameOf(source), 'Not known', 'Nothing is known of this here.'), 404);
}

/** What cannot be read cannot be called healthy. */
function unreadable(): HealthReport {
  return { ok: false, problems: ['The database cannot be read.'], notes: [] };
}
