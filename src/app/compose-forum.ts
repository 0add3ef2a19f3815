import { WatchError } from '../domain/errors.ts';
import type { Discourse } from '../notify/discourse.ts';
import { loadConfig } from '../operator/config.ts';
import { createOperatorFetch } from '../platform/operator-fetch.ts';

export interface OpenForum {
  readonly forum: Discourse;
  readonly close: () => Promise<void>;
}

/** The forum of the settings, as the user whose key stands there. */
export function openForum(envFile: string | undefined, signal: AbortSignal): OpenForum {
  const config = loadConfig(process.env, envFile === undefined ? {} : { envFile });
  const { forumUrl: url, forumApiKey: key, environment, stallTimeoutMs } = config;
  if (url === null || key === null) {
    throw new WatchError('input', 'forum-not-set', 'Set FORUM_URL and FORUM_API_KEY to write to a forum.');
  }
  const { fetch, close } = createOperatorFetch(environment, stallTimeoutMs);
  return { forum: { url: url.replace(/\/+$/, ''), key, fetch, now: () => Date.now(), signal }, close };
}
