import { asWatchError, WatchError } from '../../../domain/errors.ts';
import { plainText } from '../../../domain/text.ts';
import { chatError } from '../../transport.ts';

/** @see https://docs.discord.com/developers/topics/opcodes-and-status-codes#json */
const CODES: Readonly<Record<number, string>> = {
  10003: 'discord-unknown-channel',
  10008: 'discord-unknown-message',
  10015: 'discord-unknown-webhook',
  40033: 'discord-already-crossposted',
  50001: 'discord-missing-access',
  50005: 'discord-message-of-another',
  50013: 'discord-missing-permissions',
  50035: 'discord-invalid-message',
  50027: 'discord-unknown-webhook',
  220001: 'discord-forum-needs-thread',
  160004: 'discord-thread-exists',
  160005: 'discord-thread-locked',
};

interface ApiError {
  readonly status: number;
  readonly code: unknown;
  readonly rawError?: { readonly message?: unknown };
}

/** Whatever the library throws, as one of ours and without the address, which holds the webhook's token. */
export function discordError(thrown: unknown): WatchError {
  if (thrown instanceof WatchError) return thrown;
  if (!(thrown instanceof Error)) return asWatchError(thrown);
  if ('retryAfter' in thrown && 'timeToReset' in thrown) {
    const wait = Math.max(Number(thrown.retryAfter), Number(thrown.timeToReset), 0) / 1000;
    return chatError('transport', 'discord-rate-limited', 'Discord asks to wait', Math.ceil(wait));
  }
  if ('status' in thrown && typeof thrown.status === 'number') return statusError(thrown as unknown as ApiError);
  return new WatchError('bug', 'discord-client', `Discord’s library: ${plainText(thrown.name, 80)}`);
}

function statusError({ status, code, rawError }: ApiError): WatchError {
  const said =
    typeof rawError?.message === 'string' ? `: ${plainText(rawError.message.split('\n')[0] ?? '', 200)}` : '';
  const told = `Discord answered ${status}${said}`;
  if (status >= 500 || status === 408) return chatError('transport', `discord-http-${status}`, told);
  if (status === 401) return chatError('rejected', 'discord-unauthorized', told);
  return chatError('rejected', CODES[Number(code)] ?? `discord-http-${status}`, told);
}
