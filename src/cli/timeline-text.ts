import type { StoredNotice, ProposalHistory } from '../operator/queries.ts';
import { utc } from '../domain/verdict-document.ts';
import { fate, timelineOf } from '../domain/event-log.ts';
import { plainText } from '../domain/text.ts';

/** What happened when, the first event first. */
export function timelineLines(history: ProposalHistory): string[] {
  return timelineOf(history).map(({ at, what }) => `  ${utc(at)}  ${what}`);
}

/** Which notifier was told what, and what became of it. */
export function deliveryLines(notices: readonly StoredNotice[]): string[] {
  return notices.flatMap(({ key, deliveries }) =>
    deliveries.map((delivery) => `  ${plainText(key, 100)} → ${plainText(delivery.notifier, 60)}: ${fate(delivery)}`),
  );
}
