import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { DeliveryContext, Notice, Notifier, RemoteMessage } from '../../../domain/notice.ts';
import { WatchError } from '../../../domain/errors.ts';
import * as common from '../../../platform/setting-values.ts';
import { answerError, askJson, limitsOf, type JsonWay } from '../../ask-json.ts';
import { firstTaken } from '../../forms.ts';
import { composeMessage } from '../../message.ts';
import { chat, notifierKind, type NotifierDeps } from '../../notifier-kind.ts';
import { readAnswer } from '../../transport.ts';
import { alarmOf, dedupKey, eventForms, resolveEvent, type PagerEvent } from './events.ts';

/** @see https://developer.pagerduty.com/docs/send-alert-event */
const ENDPOINT = 'https://events.pagerduty.com/v2/enqueue';

/** A service of PagerDuty: alarms alone, each opened once and resolved when it is over. */
export const pagerduty = notifierKind({
  name: 'pagerduty',
  settings: {
    pagerdutyRoutingKey: chat.secret(
      'PAGERDUTY_ROUTING_KEY',
      common.token,
      'Integration key (Events API v2) of a PagerDuty service: a mismatch and trouble of the watcher alarm, nothing else.',
    ),
  },
  create: ({ pagerdutyRoutingKey: key }, deps) => (key === null ? [] : [pagerdutyService(key, deps)]),
});

const acceptedSchema = z.object({ status: z.literal('success') });
const refusalSchema = z.object({ message: z.string() });

function pagerdutyService(key: string, { fetch, timeoutMs, statusUrl }: NotifierDeps): Notifier {
  const way: JsonWay = { name: 'pagerduty', fetch, limits: limitsOf(timeoutMs) };
  const enqueue = async (event: PagerEvent, signal: AbortSignal): Promise<void> => {
    const body = { routing_key: key, ...event };
    const answer = await askJson(way, { method: 'POST', url: ENDPOINT, body, signal });
    if (answer.status >= 200 && answer.status < 300) {
      readAnswer(acceptedSchema, answer.json);
      return;
    }
    throw answerError('pagerduty', answer, { sentence: refusalSchema.safeParse(answer.json).data?.message });
  };
  return {
    id: `pagerduty:${createHash('sha256').update(key).digest('hex').slice(0, 12)}`,
    deliver: (notice, context) => deliver(notice, context, { enqueue, statusUrl }),
    close: async () => undefined,
  };
}

interface Service {
  readonly enqueue: (event: PagerEvent, signal: AbortSignal) => Promise<void>;
  readonly statusUrl: string | null;
}

async function deliver(
  notice: Notice,
  { previous, attempt, signal }: DeliveryContext,
  { enqueue, statusUrl }: Service,
): Promise<RemoteMessage | null> {
  const alarm = alarmOf(notice);
  const dedup = dedupKey(notice);
  // An alarm whose answer was lost is open and not remembered: only one that is known to be over is not ended again.
  const isOver = alarm === 'over' && previous?.['state'] === 'over';
  if (alarm === 'none' || isOver) return previous;
  if (alarm !== 'over') {
    const forms = eventForms(notice, composeMessage(notice, { statusUrl }), statusUrl);
    await firstTaken(forms, (event) => enqueue(event, signal), { attempt, hopeless });
  }
  if (alarm !== 'open') await enqueue(resolveEvent(dedup), signal);
  return { dedup, state: alarm === 'open' ? 'open' : 'over' };
}

function hopeless(thrown: unknown): boolean {
  return thrown instanceof WatchError && /^pagerduty-http-(?:401|403|404)$/.test(thrown.code);
}
