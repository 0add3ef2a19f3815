import { WatchError } from '../../../domain/errors.ts';
import { firstTaken } from '../../forms.ts';
import type { Message } from '../../message-parts.ts';
import { chatError, exchange, objectIn, retryAfterOf, type ChatLimits, type Fetch } from '../../transport.ts';
import { renderBare, renderMessage, renderMinimal, type SlackBody } from './render.ts';

/** Of a message that somebody deleted, or that cannot be changed any more. */
export const GONE = ['slack-message-not-found', 'slack-cant-update-message', 'slack-edit-window-closed'];
/** Whatever would be sent. */
const HOPELESS = [
  ...['invalid-auth', 'not-authed', 'account-inactive', 'token-revoked', 'token-expired', 'invalid-token'],
  ...['channel-not-found', 'not-in-channel', 'is-archived', 'channel-is-archived', 'no-service', 'no-active-hooks'],
].map((word) => `slack-${word}`);

/** The `fetch` that Slack’s libraries want, within our limits. */
export function boundedFetch(fetch: Fetch, limits: ChatLimits, signal: AbortSignal) {
  return async (
    url: string | URL,
    init: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
  ) => {
    const { method = 'GET', headers = {} } = init;
    const wanted = { method, headers, body: init.body as RequestInit['body'], signal };
    const answer = await exchange(fetch, String(url), wanted, limits);
    // The libraries lose the header of a 429, or give up where it is a date.
    if (answer.status === 429) {
      const wait = retryAfterOf(answer.headers, Date.now());
      throw chatError('transport', 'slack-rate-limited', 'Slack asks to wait', wait);
    }
    return answer;
  };
}

/** The same for methods, whose answers say `ok` or not: anything else is no refusal of Slack's, though the library takes it for one. */
export function answersOnly(fetch: ReturnType<typeof boundedFetch>): ReturnType<typeof boundedFetch> {
  return async (url, init) => {
    const answer = await fetch(url, init);
    if (!answer.ok) return answer;
    const text = await answer.text();
    if (typeof (objectIn(text) ?? {})['ok'] !== 'boolean')
      throw chatError('transport', 'chat-malformed', 'the answer is not what was asked for');
    return new Response(text, { status: answer.status, headers: answer.headers });
  };
}

interface Sending {
  /** Beside the message in its full form. */
  readonly extra: SlackBody['blocks'];
  readonly attempt: number;
}

/** What cannot be shown in full is shown in two lines, or in one: a message that Slack refuses would be a lost one. */
export function fullOrMinimal<T>(
  message: Message,
  { extra, attempt }: Sending,
  send: (body: SlackBody, full: boolean) => Promise<T>,
): Promise<T> {
  const forms: (() => { readonly body: SlackBody; readonly full: boolean })[] = [
    () => {
      const { text, blocks } = renderMessage(message);
      return { body: { text, blocks: [...blocks, ...extra] }, full: true };
    },
    () => ({ body: renderMinimal(message), full: false }),
    () => ({ body: renderBare(message), full: false }),
  ];
  const hopeless = (thrown: unknown): boolean => hasCode(thrown, ...HOPELESS, ...GONE);
  return firstTaken(forms, ({ body, full }) => send(body, full), { attempt, hopeless });
}

export function hasCode(thrown: unknown, ...codes: readonly string[]): boolean {
  return thrown instanceof WatchError && codes.includes(thrown.code);
}
