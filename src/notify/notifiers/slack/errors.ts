import { asWatchError, WatchError } from '../../../domain/errors.ts';
import { plainText } from '../../../domain/text.ts';
import { chatError } from '../../transport.ts';

/**
 * Errors of methods that pass by themselves; all others are refusals.
 * @see https://docs.slack.dev/reference/methods/chat.postMessage#errors
 */
const PASSING = new Set([
  ...['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'rollup_error', 'update_failed'],
  // While a workspace or a channel moves.
  ...['team_added_to_org', 'external_channel_migrating'],
]);
const RATE_LIMITS = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded']);

/** Whatever the libraries throw, as one of ours, without addresses and tokens. */
export function slackError(thrown: unknown): WatchError {
  const ours = ownError(thrown);
  if (ours) return ours;
  if (!(thrown instanceof Error)) return asWatchError(thrown);
  if ('retryAfter' in thrown) {
    return chatError('transport', 'slack-rate-limited', 'Slack asks to wait', Number(thrown.retryAfter));
  }
  if ('data' in thrown) return platformError((thrown.data as { error?: unknown } | null)?.error);
  if ('statusCode' in thrown) return httpError(Number(thrown.statusCode), (thrown as { body?: unknown }).body);
  return new WatchError('bug', 'slack-client', `Slack’s library: ${plainText(thrown.name, 80)}`);
}

/** Our own error within what the libraries wrap around it. */
function ownError(thrown: unknown, depth = 0): WatchError | null {
  if (thrown instanceof WatchError) return thrown;
  if (!(thrown instanceof Error) || depth > 4) return null;
  return ownError((thrown as { original?: unknown }).original ?? thrown.cause, depth + 1);
}

function platformError(given: unknown): WatchError {
  const error = typeof given === 'string' ? plainText(given, 60) : 'unknown_error';
  const told = `Slack answered ${error}`;
  if (RATE_LIMITS.has(error)) return chatError('transport', 'slack-rate-limited', told);
  return chatError(PASSING.has(error) ? 'transport' : 'rejected', codeOf(error), told);
}

/** Incoming webhooks say what is wrong in a word of plain text. */
function httpError(status: number, body: unknown): WatchError {
  const word = typeof body === 'string' && /^[a-z_]{3,60}$/.test(body.trim()) ? body.trim() : null;
  const told = `Slack answered ${status}${word === null ? '' : ` ${word}`}`;
  if (status >= 500 || status === 408) return chatError('transport', `slack-http-${status}`, told);
  if (status === 429) return chatError('transport', 'slack-rate-limited', told);
  return chatError('rejected', word === null ? `slack-http-${status}` : codeOf(word), told);
}

const codeOf = (word: string): string => `slack-${word.replace(/[^a-z0-9]+/gi, '-')}`;
