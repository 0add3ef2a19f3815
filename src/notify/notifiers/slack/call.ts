import type { ChatLimits, Fetch } from '../../transport.ts';
import { slackError } from './errors.ts';
import { boundedFetch, answersOnly } from './sending.ts';

/** One method of Slack’s Web API; throws our errors. */
export type SlackCall = (method: string, parameters: Record<string, unknown>) => Promise<unknown>;

export interface CallOptions {
  readonly token: string;
  readonly fetch: Fetch;
  readonly limits: ChatLimits;
  readonly signal: AbortSignal;
}

/** Through the library, which neither waits nor tries again here: the caller does, for all channels alike. */
export function createCall({ token, fetch, limits, signal }: CallOptions): SlackCall {
  return async (method, parameters) => {
    const { WebClient, LogLevel } = await import('@slack/web-api');
    const silent = { setLevel: () => undefined, getLevel: () => LogLevel.ERROR, setName: () => undefined };
    const none = (): void => undefined;
    const client = new WebClient(token, {
      fetch: answersOnly(boundedFetch(fetch, limits, signal)),
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: { ...silent, debug: none, info: none, warn: none, error: none },
    });
    try {
      return await client.apiCall(method, parameters);
    } catch (thrown) {
      throw slackError(thrown);
    }
  };
}
