import type { Hono } from 'hono';
import { badge } from '../badge.ts';
import { wantedBy } from '../page-query.ts';
import type { Site } from '../answers.ts';

/** Badges stand on other pages. */
const SHARED = { 'Cross-Origin-Resource-Policy': 'cross-origin', 'Cache-Control': 'no-cache' };

/** What other pages and readers show of the verdicts. */
export function feedRoutes(app: Hono, { source, answers }: Site): void {
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
}
