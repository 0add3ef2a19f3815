import type { Hono } from 'hono';
import { badge } from '../badge.ts';
import { wantedBy } from '../page-query.ts';
import type { Site } from '../answers.ts';
import { pictureOf } from '../pictures.ts';

/** Badges stand on other pages. */
const SHARED = { 'Cross-Origin-Resource-Policy': 'cross-origin', 'Cache-Control': 'no-cache' };

/** What other pages and readers show of the verdicts. */
export function feedRoutes(app: Hono, site: Site): void {
  const { source, answers } = site;
  app.get('/feed.atom', async (context) => {
    const { atomFeed } = await import('../feed.ts');
    const { elections } = await source.history({ outcome: null, kind: null, page: 1 });
    const base = source.publicUrl ?? new URL(context.req.url).origin;
    return answers.other(context, atomFeed(answers.frame(), elections, base), 'application/atom+xml; charset=utf-8');
  });
  app.get('/badge/:name{[0-9A-Za-z]+\\.svg}', async (context) => {
    const wanted = wantedBy(context.req.param('name').slice(0, -'.svg'.length));
    // A badge of a hash would say more of a file than a picture can.
    const shown = wanted && wanted.folder !== 'hashes' ? await source.find(wanted.sought) : null;
    const verdict = shown?.history.verdict ?? null;
    const label = wanted ? `nns-watch ${wanted.name.slice(0, 10)}` : 'nns-watch';
    const said = verdict && { ...verdict.verdict, final: verdict.final };
    const drawn = badge(shown?.document.network ?? source.network, label, said);
    return answers.other(context, drawn, 'image/svg+xml', { status: shown ? 200 : 404, headers: SHARED });
  });
  pictureRoute(app, site);
}

/** What chats and forums show beside a link to a proposal. */
function pictureRoute(app: Hono, { source, answers, pictures }: Site): void {
  app.get('/proposals/:name{[0-9]+\\.png}', async (context) => {
    const wanted = wantedBy(context.req.param('name').slice(0, -'.png'.length));
    const shown = wanted?.folder === 'proposals' ? await source.find(wanted.sought) : null;
    if (!wanted || !shown) return answers.notKnown(context);
    const drawn = await pictures.of(answers.redact(pictureOf(wanted.name, shown)));
    if (drawn) return answers.bytes(context, drawn, 'image/png', { headers: SHARED });
    return answers.text(context, 'No picture can be drawn here; the log of the service says why.\n', 503);
  });
}
