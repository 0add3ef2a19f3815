import type { Hono } from 'hono';
import { isReady, unhealthy, type ServiceHealth } from '../../domain/health.ts';
import { ICON } from '../badge.ts';
import type { Site } from '../answers.ts';

/** What programs ask that look after this one. */
export function machineRoutes(app: Hono, { source, answers, counts }: Site): void {
  app.get('/healthz', async (context) => {
    const report = await source.status().then(({ health }) => health, unreadable);
    return answers.json(context, { network: source.network, ...report }, report.ok ? 200 : 503);
  });
  app.get('/readyz', async (context) => {
    const ready = await source.status().then(isReady, () => false);
    return answers.json(context, { network: source.network, ready }, ready ? 200 : 503);
  });
  // Libraries that only some need are loaded for them.
  app.get('/metrics', async (context) => {
    const { metricsText } = await import('../metrics.ts');
    const [status, totals] = [await source.status(), await source.totals()];
    const { text, type } = await metricsText({ status, totals, page: counts });
    return answers.other(context, text, type);
  });
  app.get('/openapi.json', async (context) => {
    const { openApiDocument } = await import('../api/openapi.ts');
    return answers.json(context, openApiDocument(answers.frame()));
  });
  app.get('/icon.svg', (context) => answers.other(context, ICON, 'image/svg+xml'));
  app.get('/favicon.ico', (context) => context.redirect('/icon.svg'));
  app.get('/robots.txt', (context) => answers.text(context, 'User-agent: *\nDisallow: /\n'));
}

/** What cannot be read cannot be called healthy. */
function unreadable(): ServiceHealth {
  return unhealthy('The database cannot be read.');
}
