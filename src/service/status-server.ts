import { asWatchError } from '../domain/errors.ts';
import type { Log } from '../platform/log.ts';
import { redactor } from '../platform/redact.ts';
import type { Config } from '../operator/config.ts';
import { everyTicker } from './loop.ts';
import { openPageSource, type OpenedPageSource } from '../operator/status-queries.ts';
import type { LoopPlan } from './supervisor.ts';
import { setIncidents, type IncidentDeps } from './incidents.ts';

export interface StatusPageDeps {
  readonly config: Config;
  readonly log: Log;
  readonly trouble: IncidentDeps;
}

const TROUBLE = 'page';
const POLL_EVERY_MS = 30_000;

/**
 * Serves the status page; none where it is off. An address that cannot be had stops nothing else: it is told as a
 * trouble on every channel, and tried again until it can.
 */
export function statusPageLoops({ config, log, trouble }: StatusPageDeps): readonly LoopPlan[] {
  const listen = config.statusListen;
  if (listen === null) return [];
  let open: { readonly close: () => Promise<void> } | null = null;
  const round = async (): Promise<void> => {
    if (open) return;
    try {
      open = await serve(listen, config, log, trouble.notifiers);
    } catch (thrown) {
      const { message } = asWatchError(thrown);
      await setIncidents(TROUBLE, [{ key: TROUBLE, sentence: message }], trouble);
      throw thrown;
    }
    await setIncidents(TROUBLE, [], trouble);
  };
  const stopped = async (): Promise<void> => open?.close();
  return [{ name: 'page', ticker: everyTicker(POLL_EVERY_MS), round, stopped }];
}

type Listen = NonNullable<Config['statusListen']>;

async function serve(listen: Listen, config: Config, log: Log, notifiers: readonly string[]) {
  const opened = await openPageSource(config, notifiers);
  try {
    return await listenWith(opened, listen, config, log);
  } catch (thrown) {
    await opened.close();
    throw thrown;
  }
}

async function listenWith({ source, close }: OpenedPageSource, listen: Listen, config: Config, log: Log) {
  // Whoever has no page has no use for what it is made with.
  const { startStatusServer } = await import('../status/server.ts');
  const page = await startStatusServer(source, listen, {
    redact: redactor(config.secrets),
    failed: (error) => log.warn('Status page could not answer', { error }),
  });
  const host = listen.host.includes(':') ? `[${listen.host}]` : listen.host;
  log.info('Status page ready', { url: `http://${host}:${page.port}/` });
  return {
    close: async () => {
      await page.close();
      await close();
    },
  };
}
