import { BACKOFF, pauseMs } from '../domain/backoff.ts';
import type { RoutedNotifier } from '../domain/route.ts';
import { type DeliverDeps, type Delivered, deliverNext } from '../notify/deliver.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { Config } from '../operator/config.ts';
import { everyTicker } from './loop.ts';
import { ChannelWatch, deliverLoopName, type IncidentDeps } from './incidents.ts';
import type { LoopPlan } from './supervisor.ts';
import type { ServiceStore } from '../store/service-store.ts';

export interface DeliverLoopParts {
  readonly config: Pick<Config, 'quietHours'>;
  readonly store: Pick<ServiceStore, 'outbox' | 'requeueDead'>;
  readonly log: Log;
  readonly clock: Clock;
  /** As in `deliverNext`. */
  readonly refresh?: NonNullable<DeliverDeps['refresh']>;
}

/** A channel that refused something is asked whether it was mended; after so many times later each time. */
const FIRST_REFUSALS = 3;
const REFUSED = BACKOFF['refused-delivery'];
/** And never later than after this part of the time that is left for voting. */
const PART_OF_TIME_LEFT = 1 / 8;
/** A notice that is refused so often by a channel that takes others is refused for what it says. */
const MOST_REFUSALS = 5;

/**
 * Tells one channel what is due, and again what it refused: once, as soon as it takes something else, and after that
 * every while. What it refuses beside others that it takes must not go round and round.
 */
export function deliverLoop(notifier: RoutedNotifier, parts: DeliverLoopParts, trouble: IncidentDeps): LoopPlan {
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
    ...(parts.refresh ? { refresh: parts.refresh } : {}),
  };
  const refusals = new Refusals(clock);
  let isNews = false;
  const requeueDead = async (): Promise<void> => {
    refusals.asked();
    const keys = await store.requeueDead([id], refusals.hopeless);
    if (keys.length > 0) log.debug('Refused deliveries are retried', { keys });
  };
  const round = async (signal: AbortSignal): Promise<void> => {
    for (;;) {
      const delivered = await deliverNext({ ...deps, signal });
      if (!delivered) break;
      logDelivered(log, delivered, refusals);
      refusals.saw(delivered);
      isNews = (await channel.saw(delivered)) || isNews;
      if (delivered.state === 'sent' && isNews) {
        isNews = false;
        await requeueDead();
      }
    }
    if (refusals.isDue && !signal.aborted) await requeueDead();
  };
  return { name: deliverLoopName(id), ticker: everyTicker(1000), round };
}

/** What one channel refused, and when it is asked again: as soon as the most urgent of it is due. */
export class Refusals {
  readonly #clock: Clock;
  readonly #refused = new Map<string, Refused>();
  /** Deliveries seen so far, and which of them was the newest that the channel took. */
  #seen = 0;
  #taken = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Keys of what it refuses for good, though it takes other things. */
  get hopeless(): readonly string[] {
    return [...this.#refused].filter(([, { beside }]) => beside >= MOST_REFUSALS).map(([key]) => key);
  }

  get isDue(): boolean {
    const now = this.#clock.now();
    return [...this.#refused.values()].some(
      ({ waits, sinceMs, pauseMs: pause }) => waits && Math.abs(now - sinceMs) >= pause,
    );
  }

  has(key: string): boolean {
    return this.#refused.has(key);
  }

  asked(): void {
    for (const [key, refused] of this.#refused) this.#refused.set(key, { ...refused, waits: false });
  }

  saw({ state, delivery: { notice } }: Pick<Delivered, 'state' | 'delivery'>): void {
    this.#seen += 1;
    if (state === 'sent') {
      this.#taken = this.#seen;
      this.#refused.delete(notice.key);
    }
    if (state !== 'dead') return;
    const before = this.#refused.get(notice.key);
    const count = (before?.count ?? 0) + 1;
    const now = this.#clock.now();
    const leftMs = (notice.proposal?.deadlineAt ?? Infinity) * 1000 - now;
    const most = Math.max(REFUSED.firstMs, Math.min(REFUSED.mostMs, leftMs * PART_OF_TIME_LEFT));
    this.#refused.set(notice.key, {
      count,
      // A channel that refuses everything says nothing of what one notice says.
      beside: (before?.beside ?? 0) + (before && this.#taken > before.seen ? 1 : 0),
      seen: this.#seen,
      waits: true,
      sinceMs: now,
      // Each by itself: what is refused later must not put off what was refused before and is more urgent.
      pauseMs: pauseMs({ ...REFUSED, mostMs: most }, count - FIRST_REFUSALS + 1),
    });
  }
}

interface Refused {
  readonly count: number;
  /** How often it was refused again after the channel had taken something else meanwhile. */
  readonly beside: number;
  /** When it was refused last, by the count of deliveries. */
  readonly seen: number;
  /** Not asked again since. */
  readonly waits: boolean;
  readonly sinceMs: number;
  readonly pauseMs: number;
}

/** What is refused again is no news. */
function logDelivered(log: Log, delivered: Delivered, refusals: Refusals): void {
  const { state, delivery } = delivered;
  const { key, type } = delivery.notice;
  if (!('error' in delivered)) log.debug('Delivery handled', { key, type, state });
  else if (refusals.has(key)) log.debug('Delivery refused again', { key, state, error: delivered.error });
  else log.warn('Delivery failed', { key, state, error: delivered.error });
}
