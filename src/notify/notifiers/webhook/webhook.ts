import { createHash } from 'node:crypto';
import type { DeliveryContext, Notice, Notifier } from '../../../domain/notice.ts';
import { WatchError } from '../../../domain/errors.ts';
import type { Value } from '../../../platform/setting.ts';
import * as common from '../../../platform/setting-values.ts';
import { firstTaken } from '../../forms.ts';
import { noticeBodies } from '../../notice-body.ts';
import { CHAT_LIMITS, chatError, exchange, retryAfterOf } from '../../transport.ts';
import { chat, notifierKind, type NotifierDeps } from '../../notifier-kind.ts';

/** Standard Webhooks: base64 of the key, with or without its prefix. @see https://www.standardwebhooks.com */
const webhookSecret: Value<string> = common.value('must be whsec_ and the base64 of 16 to 64 bytes', (given) => {
  const base64 = given.replace(/^whsec_/, '');
  const bytes = Buffer.from(base64, 'base64');
  const whole = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
  return whole && bytes.length >= 16 && bytes.length <= 64 ? given : undefined;
});

interface Target {
  readonly url: string;
  readonly secret: string;
}

/** `nns-watch/notice@1`, signed. @see https://www.standardwebhooks.com */
export const webhook = notifierKind({
  name: 'webhook',
  settings: {
    webhookUrl: chat.secret(
      'WEBHOOK_URL',
      common.url('https:', 'http:'),
      'Receives nns-watch/notice@1; needs WEBHOOK_SECRET.',
      { needs: 'WEBHOOK_SECRET' },
    ),
    webhookSecret: chat.secret('WEBHOOK_SECRET', webhookSecret, 'Key of the Standard Webhooks signature.', {
      needs: 'WEBHOOK_URL',
      example: 'whsec_…',
    }),
  },
  create: ({ webhookUrl: url, webhookSecret: secret }, deps) =>
    url === null || secret === null ? [] : [signedWebhook({ url, secret }, deps)],
});

function signedWebhook({ url, secret }: Target, deps: NotifierDeps): Notifier {
  const host = URL.parse(url)?.host ?? 'webhook';
  const send = async (notice: Notice, body: string, signal: AbortSignal): Promise<void> => {
    const { Webhook } = await import('standardwebhooks');
    const id = webhookId(notice);
    const sentAt = new Date(deps.now());
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'nns-watch',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, sentAt, body),
    };
    const limits = { ...CHAT_LIMITS, timeoutMs: deps.timeoutMs ?? CHAT_LIMITS.timeoutMs };
    const answer = await exchange(deps.fetch, url, { method: 'POST', headers, body, signal }, limits);
    judge(host, answer, deps.now());
  };
  const deliver = async (notice: Notice, { attempt, signal }: DeliveryContext): Promise<null> => {
    await firstTaken(noticeBodies(notice), (body) => send(notice, body, signal), { attempt, hopeless });
    return null;
  };
  return { id: `webhook:${host}/${digest(url, 12)}`, deliver, close: async () => undefined };
}

/** Whatever would be sent: no such key or address, nothing is taken here, or it is taken somewhere else. */
const HOPELESS = [301, 302, 303, 307, 308, 401, 404, 405, 410].map((status) => `webhook-http-${status}`);

function hopeless(thrown: unknown): boolean {
  return thrown instanceof WatchError && HOPELESS.includes(thrown.code);
}

/** The same news has the same id, by which receivers leave out a repetition. */
function webhookId({ key }: Notice): string {
  return `msg_${digest(key, 32)}`;
}

function digest(text: string, length: number): string {
  return createHash('sha256').update(text).digest('hex').slice(0, length);
}

/** 2xx is taken; 410 and other refusals will not change by themselves. */
function judge(host: string, { status, headers }: Response, now: number): void {
  if (status >= 200 && status < 300) return;
  const passes = status >= 500 || status === 429 || status === 408;
  const kind = passes ? 'transport' : 'rejected';
  throw chatError(kind, `webhook-http-${status}`, `${host} answered ${status}`, retryAfterOf(headers, now));
}
