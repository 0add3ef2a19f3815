import { WatchError, asWatchError } from '../domain/errors.ts';
import type { Notice, Notifier } from '../domain/notice.ts';
import { redactor } from '../platform/redact.ts';
import { Adapters } from './compose.ts';
import { loadConfig } from '../operator/config.ts';
import { toolVersion } from '../operator/tool-version.ts';
import { sampleNotice, type Sample } from './sample-notice.ts';

export interface TestNotifyOptions {
  readonly envFile?: string;
  /** null: a plain test message. */
  readonly sample: Sample | null;
  /** null: all. */
  readonly notifier: string | null;
  /** Takes what the console notifier says. */
  readonly write: (line: string) => void;
}

/** What became of the test message on one channel; null: it arrived. */
export interface TestNotified {
  readonly notifier: string;
  readonly failure: string | null;
}

/** Sends a test message to each channel on its real way. */
export async function testNotify(options: TestNotifyOptions, signal: AbortSignal): Promise<readonly TestNotified[]> {
  const config = loadConfig(process.env, options.envFile === undefined ? {} : { envFile: options.envFile });
  const adapters = new Adapters(config, options.envFile ?? null);
  try {
    const all = adapters.notifiers(options.write);
    const chosen = all.filter(({ id }) => options.notifier === null || id === options.notifier);
    if (chosen.length === 0) {
      const names = all.map(({ id }) => id).join(', ');
      throw new WatchError('input', 'unknown-notifier', `No notifier is called that; there are ${names}.`);
    }
    const redact = redactor(config.secrets);
    const notice =
      options.sample === null ? testNotice(config.network) : sampleNotice(options.sample, Date.now(), toolVersion);
    return await Promise.all(chosen.map((notifier) => tell(notifier, notice, redact, signal)));
  } finally {
    await adapters.close();
  }
}

async function tell(
  notifier: Notifier,
  notice: Notice,
  redact: (text: string) => string,
  signal: AbortSignal,
): Promise<TestNotified> {
  try {
    await notifier.deliver(notice, { previous: null, attempt: 0, signal });
    return { notifier: notifier.id, failure: null };
  } catch (thrown) {
    const { message, code } = asWatchError(thrown);
    return { notifier: notifier.id, failure: redact(`${message} (${code})`) };
  }
}

function testNotice(network: string): Notice {
  const now = Date.now();
  return {
    key: `test ${now}`,
    type: 'test',
    at: Math.floor(now / 1000),
    network,
    sentence: 'This is a test: messages of nns-watch arrive here.',
    pings: false,
    proposal: null,
    standing: null,
    verdict: null,
  };
}
