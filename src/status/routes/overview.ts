import type { Hono } from 'hono';
import { electionJson, statusJson } from '../../domain/overview-json.ts';
import type { PageSource } from '../../domain/status-queries.ts';
import { chartSince } from '../chart.ts';
import { historyPage } from '../pages/history.ts';
import { overviewPage } from '../pages/overview.ts';
import { filterOf, historyPath, isPaused, wantedBy } from '../page-query.ts';
import { shared } from '../budget.ts';
import type { Site } from '../answers.ts';

const CHART_MS = 30_000;

/** The pages of all elections, and their JSON: the shapes of `status --json` and `proposals --json`. */
export function overviewRoutes(app: Hono, { source, answers }: Site): void {
  const chart = shared(() => source.chart(chartSince(source.now())), CHART_MS, source.now);
  app.get('/', async (context) => {
    const { publicUrl } = source;
    const paused = isPaused(context.req.query('refresh'));
    return answers.html(context, overviewPage(await source.status(), { publicUrl, paused }));
  });
  app.get('/status.json', async (context) => answers.json(context, statusJson(await source.status())));
  app.get('/history', async (context) => {
    const filter = filterOf((name) => context.req.query(name));
    const [history, facts] = [await source.history(filter), await chart()];
    return answers.html(context, historyPage(answers.frame(), filter, history, facts));
  });
  app.get('/history.json', async (context) => {
    const filter = filterOf((name) => context.req.query(name));
    const { elections, total, pages } = await source.history(filter);
    context.header('X-Total-Count', String(total));
    if (filter.page < pages) {
      context.header('Link', `<${historyPath(filter, filter.page + 1, '/history.json')}>; rel="next"`);
    }
    return answers.json(context, proposalsJson(elections, source));
  });
  app.get('/find', (context) => {
    const wanted = wantedBy((context.req.query('q') ?? '').trim());
    return wanted ? context.redirect(`/${wanted.folder}/${wanted.name}`) : answers.notKnown(context);
  });
}

/** `nns-watch/proposals@1`. */
function proposalsJson(
  elections: Awaited<ReturnType<PageSource['history']>>['elections'],
  { network, now }: PageSource,
): Record<string, unknown> {
  const at = now();
  return { schema: 'nns-watch/proposals@1', network, proposals: elections.map((row) => electionJson(row, at)) };
}
