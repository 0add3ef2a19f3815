import type { Notifier } from '../../domain/notice.ts';
import { deliverNext, type Delivered } from '../../notify/deliver.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Log } from '../../platform/log.ts';
import type { Config } from '../config.ts';
import { everyTicker } from '../loop.ts';
import { ChannelWatch, deliverLoopName } from './channel-watch.ts';
import type { LoopPlan } from './service.ts';
import type { ServiceStore } from './store.ts';
import type { TroubleDeps } from './trouble-desk.ts';

export interface DeliverLoopParts {
  readonly config: Pick<Config, 'quietHours'>;
  readonly store: Pick<ServiceStore, 'outbox' | 'revive'>;
  readonly log: Log;
  readonly clock: Clock;
}

/** So often a channel that refused an alarm is asked whether it was mended. */
const AGAIN_MS = 10 * 60_000;

/**
 * Tells one channel what is due, and again what it refused: once, as soon as it takes something else, and after that
 * every while. What it refuses beside others that it takes must not go round and round.
 */
export function deliverLoop(notifier: Notifier, parts: DeliverLoopParts, trouble: TroubleDeps): LoopPlan {
  const { config, store, clock } = parts;
  const { id } = notifier;
  const log = parts.log.child({ notifier: id });
  const channel = new ChannelWatch(id, trouble);
  const deps = {
    outbox: store.outbox,
    notifier,
    now: () => clock.now(),
    random: Math.random,
    quietHours: config.quietHours,
  };
  let refusedAt: number | null = null;
  let isNews = false;
  const revive = async (): Promise<void> => {
    refusedAt = null;
    for (const key of await store.revive([id])) log.info('A notice that was refused is tried again', { key });
  };
  const round = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      const delivered = await deliverNext({ ...deps, signal });
      if (!delivered) break;
      logDelivered(log, delivered);
      isNews = (await channel.saw(delivered)) || isNews;
      if (delivered.state === 'dead') refusedAt = clock.now();
      else if (delivered.state === 'sent' && isNews) {
        isNews = false;
        await revive();
      }
    }
    const isDue = refusedAt !== null && Math.abs(clock.now() - refusedAt) >= AGAIN_MS;
    if (isDue && !signal.aborted) await revive();
  };
  return { name: deliverLoopName(id), ticker: everyTicker(1000), round };
}

function logDelivered(log: Log, delivered: Delivered): void {
  const { state, delivery } = delivered;
  const { key, type } = delivery.notice;
  if ('error' in delivered) log.warn('A notice was not delivered', { key, state, error: delivered.error });
  else log.debug('A notice was dealt with', { key, type, state });
}
