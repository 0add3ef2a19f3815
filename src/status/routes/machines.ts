import type { Hono } from 'hono';
import { healthOf, isReady, type HealthReport } from '../health.ts';
import { ICON } from '../badge.ts';
import type { Site } from '../answers.ts';

/** What programs ask that look after this one. */
export function machineRoutes(app: Hono, { source, answers, counts }: Site): void {
  app.get('/healthz', async (context) => {
    const report = await source.status().then((status) => healthOf(status, source.silenceMs), unreadable);
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
    const health = healthOf(status, source.silenceMs);
    const { text, type } = await metricsText({ status, health, totals, page: counts });
    return answers.other(context, text, type);
  });
  app.get('/icon.svg', (context) => answers.other(context, ICON, 'image/svg+xml'));
  app.get('/favicon.ico', (context) => context.redirect('/icon.svg'));
  app.get('/robots.txt', (context) => answers.text(context, 'User-agent: *\nDisallow: /\n'));
}

/** What cannot be read cannot be called healthy. */
function unreadable(): HealthReport {
  return { ok: false, problems: ['The database cannot be read.'], notes: [] };
}
