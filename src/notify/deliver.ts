import { BACKOFF, pauseMs } from '../domain/backoff.ts';
import { asWatchError, type WatchError } from '../domain/errors.ts';
import type { Notice, NoticeType, RemoteMessage } from '../domain/notice.ts';
import { isQuiet, type QuietHours } from '../domain/quiet-hours.ts';
import { asRouted, EVERYTHING, passes, type Route, type RoutedNotifier } from '../domain/route.ts';
import type { Delivery, Outbox } from '../domain/service-ports.ts';

export interface DeliverDeps {
  readonly outbox: Outbox;
  readonly notifier: RoutedNotifier;
  /** UTC milliseconds. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Of channels that have none of their own. */
  readonly quietHours: QuietHours | null;
  /** A notice of some time ago as it is true now; null where it is not so any more. */
  readonly refresh?: (notice: Notice, signal: AbortSignal) => Promise<Notice | null>;
  readonly signal: AbortSignal;
}

/** What became of one delivery. */
export type Delivered =
  | { readonly state: 'sent' | 'skipped'; readonly delivery: Delivery }
  | { readonly state: 'retry' | 'dead'; readonly delivery: Delivery; readonly error: WatchError };

/** Whatever is asked for: an hour later it may be asked again. A wrong header must not cost an alert. */
const MOST_ASKED_SECONDS = 3600;
/** No pause of ours takes more than this part of the time that is left for voting, and none that is asked for more than half. */
const PART_OF_TIME_LEFT = 1 / 8;
const ASKED_PART_OF_TIME_LEFT = 1 / 2;
/** How often our own mistake over one notice is made before the notices behind it have their turn. */
const MAX_BUGS = 5;
/** Progress that is so old says nothing about now. */
const PROGRESS_LASTS_MS = 10 * 60_000;

/** Sends the next due delivery of one notifier; null: none is due, or we are asked to stop. */
export async function deliverNext(deps: DeliverDeps): Promise<Delivered | null> {
  const { outbox, notifier, now, signal } = deps;
  const { route = EVERYTHING } = notifier;
  const delivery = signal.aborted ? null : await outbox.next(notifier.id, now());
  if (!delivery) return null;
  const { id, previous, attempt } = delivery;
  const pointless = whyPointless(delivery, route, now());
  if (pointless !== null) {
    await outbox.skipped(id, pointless);
    return { state: 'skipped', delivery };
  }
  const fresh = await refreshed(delivery, deps);
  if (fresh === null) {
    await outbox.skipped(id, 'it is not so any more');
    return { state: 'skipped', delivery };
  }
  const quietHours = route.quietHours ?? deps.quietHours;
  const notice = quieted({ ...delivery, notice: loudEnough(fresh, delivery) }, quietHours, now());
  let remote: RemoteMessage | null;
  try {
    remote = await notifier.deliver(asRouted(route, notice), { previous, attempt, signal });
  } catch (thrown) {
    // Whether it arrived is not known; it is tried again at the next start.
    if (signal.aborted) return null;
    return fail(delivery, asWatchError(thrown), deps);
  }
  await outbox.sent(id, remote, now());
  return { state: 'sent', delivery };
}

/** Older news was held up by something, and may have been overtaken by what happened since. */
const LATE_MS = 10 * 60_000;
const isLate = ({ at }: Notice, nowMs: number): boolean => nowMs - at * 1000 > LATE_MS;

/** Late news that later news makes needless: what it told is told by that as well. */
const TOLD_BY: Readonly<Partial<Record<NoticeType, readonly NoticeType[]>>> = {
  verdict: ['verdict'],
  'cannot-finish': ['cannot-finish'],
  reminder: ['reminder'],
};
const CHANGING: readonly NoticeType[] = ['discovered', 'reminder', 'cannot-finish'];

/** “Voting closes in 6 h” is not told an hour before that. */
async function refreshed({ notice }: Delivery, { refresh, now, signal }: DeliverDeps): Promise<Notice | null> {
  if (!refresh || !isLate(notice, now()) || !CHANGING.includes(notice.type)) return notice;
  try {
    return await refresh(notice, signal);
  } catch {
    // Rather out of date than never.
    return notice;
  }
}

/** A verdict that takes the place of one that was never told is as loud as that. */
function loudEnough(notice: Notice, { missed }: Delivery): Notice {
  const isLoud = notice.type === 'verdict' && missed.some((type) => type === 'verdict' || type === 'early-finding');
  return isLoud ? { ...notice, pings: true } : notice;
}

/** What passed while the channel was out of reach is not told as if it were now. */
function whyPointless({ notice, overtaken, later, told }: Delivery, route: Route, nowMs: number): string | null {
  if (!passes(route, notice, told)) return 'not for this channel';
  const needless = TOLD_BY[notice.type] ?? [];
  if (isLate(notice, nowMs) && later.some((type) => needless.includes(type))) return 'later news tells more';
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
    case 'registry-differs':
    case 'deployment':
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
  return (
    type === 'early-finding' ||
    type === 'registry-differs' ||
    type === 'deployment' ||
    verdict?.verdict?.['outcome'] === 'mismatch'
  );
}

/** Trouble on the way, or with our own disk or installation, passes sooner or later; a refusal does not. */
async function fail(delivery: Delivery, error: WatchError, deps: DeliverDeps): Promise<Delivered> {
  const { outbox, now, random } = deps;
  const why = `${error.code}: ${error.message}`;
  const passes = error.kind === 'transport' || error.kind === 'storage' || error.kind === 'host';
  const hopeless = error.kind === 'bug' ? delivery.attempt + 1 >= MAX_BUGS : !passes;
  if (hopeless) {
    await outbox.dead(delivery.id, why);
    return { state: 'dead', delivery, error };
  }
  const backOff = pauseMs({ ...BACKOFF.delivery, mostMs: longestPause(delivery, now()) }, delivery.attempt + 1);
  const delay = Math.max(backOff, askedPause(error)) * (1 + 0.1 * random());
  await outbox.retry(delivery.id, Math.ceil(now() + Math.min(delay, mostAsked(delivery, now()))), why);
  return { state: 'retry', delivery, error };
}

/** Milliseconds. What is asked for may be nothing, negative, a year or no number. */
function askedPause({ retryAfter = 0 }: WatchError): number {
  return Number.isNaN(retryAfter) ? 0 : Math.max(0, retryAfter) * 1000;
}

/** Whatever a channel asks for, it is asked again while half of the time for voting is left. */
function mostAsked(delivery: Delivery, nowMs: number): number {
  const leftMs = timeLeft(delivery, nowMs);
  const most = MOST_ASKED_SECONDS * 1000;
  return leftMs <= 0 ? most : Math.max(1000, Math.min(most, leftMs * ASKED_PART_OF_TIME_LEFT));
}

function timeLeft({ notice }: Delivery, nowMs: number): number {
  return (notice.proposal?.deadlineAt ?? Infinity) * 1000 - nowMs;
}

/** A channel that is well again shortly before voting closes must not be found so after it. */
function longestPause(delivery: Delivery, nowMs: number): number {
  const leftMs = timeLeft(delivery, nowMs);
  const { firstMs, mostMs } = BACKOFF.delivery;
  return leftMs <= 0 ? mostMs : Math.max(firstMs, Math.min(mostMs, leftMs * PART_OF_TIME_LEFT));
}
