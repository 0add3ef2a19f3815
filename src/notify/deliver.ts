import { asWatchError, type WatchError } from '../domain/errors.ts';
import type { Notice, Notifier, RemoteMessage } from '../domain/notice.ts';
import { isQuiet, type QuietHours } from '../domain/quiet-hours.ts';
import type { Delivery, Outbox } from '../domain/service-ports.ts';

export interface DeliverDeps {
  readonly outbox: Outbox;
  readonly notifier: Notifier;
  /** UTC milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly quietHours: QuietHours | null;
  readonly signal: AbortSignal;
}

/** What became of one delivery. */
export type Delivered =
  | { readonly state: 'sent' | 'skipped'; readonly delivery: Delivery }
  | { readonly state: 'retry' | 'dead'; readonly delivery: Delivery; readonly error: WatchError };

const FIRST_RETRY_MS = 5_000;
const LAST_RETRY_MS = 10 * 60_000;
/** Whatever is asked for: an hour later it may be asked again. A wrong header must not cost an alert. */
const MOST_ASKED_SECONDS = 3600;
/** No pause takes more than this part of the time that is left for voting. */
const PART_OF_TIME_LEFT = 1 / 8;
/** How often our own mistake over one notice is made before the notices behind it have their turn. */
const MAX_BUGS = 5;
/** Progress that is so old says nothing about now. */
const PROGRESS_LASTS_MS = 10 * 60_000;

/** Sends the next due delivery of one notifier; null: none is due, or we are asked to stop. */
export async function deliverNext(deps: DeliverDeps): Promise<Delivered | null> {
  const { outbox, notifier, now, quietHours, signal } = deps;
  const delivery = signal.aborted ? null : await outbox.next(notifier.id, now());
  if (!delivery) return null;
  const { id, previous, attempt } = delivery;
  const pointless = whyPointless(delivery, now());
  if (pointless !== null) {
    await outbox.skipped(id, pointless);
    return { state: 'skipped', delivery };
  }
  const notice = quieted(delivery, quietHours, now());
  let remote: RemoteMessage | null;
  try {
    remote = await notifier.deliver(notice, { previous, attempt, signal });
  } catch (thrown) {
    // Whether it arrived is not known; it is tried again at the next start.
    if (signal.aborted) return null;
    return fail(delivery, asWatchError(thrown), deps);
  }
  await outbox.sent(id, remote, now());
  return { state: 'sent', delivery };
}

/** What passed while the channel was out of reach is not told as if it were now. */
function whyPointless({ notice, overtaken }: Delivery, nowMs: number): string | null {
  const closed = notice.proposal?.deadlineAt != null && nowMs >= notice.proposal.deadlineAt * 1000;
  switch (notice.type) {
    case 'progress':
      if (overtaken) return 'later news tells more';
      return nowMs - notice.at * 1000 > PROGRESS_LASTS_MS ? 'too old' : null;
    case 'reminder':
    case 'cannot-finish':
      return closed ? 'voting has closed' : null;
    case 'discovered':
    case 'early-finding':
    case 'verdict':
    case 'decided':
    case 'closed':
    case 'outcome':
    case 'trouble':
    case 'test':
      return null;
  }
}

/** Quiet hours and muted proposals ping nobody, but for a mismatch. */
function quieted({ notice, mutedUntilMs }: Delivery, quietHours: QuietHours | null, nowMs: number): Notice {
  if (!notice.pings || isAlarm(notice)) return notice;
  const quiet = (quietHours !== null && isQuiet(quietHours, nowMs)) || (mutedUntilMs !== null && mutedUntilMs > nowMs);
  return quiet ? { ...notice, pings: false } : notice;
}

function isAlarm({ type, verdict }: Notice): boolean {
  return type === 'early-finding' || verdict?.verdict?.['outcome'] === 'mismatch';
}

/** Trouble on the way, or with our own disk, passes sooner or later; a refusal does not. */
async function fail(delivery: Delivery, error: WatchError, deps: DeliverDeps): Promise<Delivered> {
  const { outbox, now, random } = deps;
  const why = `${error.code}: ${error.message}`;
  const passes = error.kind === 'transport' || error.kind === 'storage';
  const hopeless = error.kind === 'bug' ? delivery.attempt + 1 >= MAX_BUGS : !passes;
  if (hopeless) {
    await outbox.dead(delivery.id, why);
    return { state: 'dead', delivery, error };
  }
  const backOff = Math.min(longestPause(delivery, now()), FIRST_RETRY_MS * 2 ** Math.min(delivery.attempt, 20));
  const asked = Math.min(Number.isNaN(error.retryAfter) ? 0 : (error.retryAfter ?? 0), MOST_ASKED_SECONDS) * 1000;
  const delay = Math.max(backOff, asked) * (1 + 0.1 * random());
  await outbox.retry(delivery.id, Math.ceil(now() + delay), why);
  return { state: 'retry', delivery, error };
}

/** A channel that is well again shortly before voting closes must not be found so after it. */
function longestPause({ notice }: Delivery, nowMs: number): number {
  const leftMs = (notice.proposal?.deadlineAt ?? Infinity) * 1000 - nowMs;
  return leftMs <= 0 ? LAST_RETRY_MS : Math.max(FIRST_RETRY_MS, Math.min(LAST_RETRY_MS, leftMs * PART_OF_TIME_LEFT));
}
