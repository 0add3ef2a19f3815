import type { Status } from '../domain/overview.ts';
import type { ProposalHistory } from '../domain/proposal-history.ts';

type Rename = (text: string) => string;

/**
 * Channels by kind and number in the place of their ids, which name rooms, servers and hosts that are nobody else's
 * business: `discord`, `webhook 2`. The same order of ids gives the same names.
 */
export function channelNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const kinds = Map.groupBy([...new Set(ids)], (id) => /^[a-z]{1,20}/.exec(id)?.[0] ?? 'channel');
  return new Map(
    [...kinds].flatMap(([kind, same]) => same.map((id, at) => [id, at === 0 ? kind : `${kind} ${at + 1}`] as const)),
  );
}

/** What the service says of itself, for everybody. `configured`: the ids of the channels that are told now. */
export function publicStatus(status: Status, configured: readonly string[]): Status {
  const { deliveries, loops, troubles, health } = status;
  const rename = renaming([...configured, ...deliveries.map(({ notifier }) => notifier)]);
  return {
    ...status,
    deliveries: deliveries.map((mail) => ({ ...mail, notifier: rename(mail.notifier) })),
    loops: loops.map((loop) => ({
      ...loop,
      loop: rename(loop.loop),
      lastFailure: loop.lastFailure && { ...loop.lastFailure, message: rename(loop.lastFailure.message) },
    })),
    troubles: troubles.map((trouble) => ({
      ...trouble,
      key: rename(trouble.key),
      sentence: rename(trouble.sentence),
    })),
    health: { ...health, problems: health.problems.map(rename), notes: health.notes.map(rename) },
  };
}

/** The same for what was told of one proposal. */
export function publicHistory(history: ProposalHistory, configured: readonly string[]): ProposalHistory {
  const rename = renaming([
    ...configured,
    ...history.notices.flatMap(({ deliveries }) => deliveries.map(({ notifier }) => notifier)),
  ]);
  const notices = history.notices.map((notice) => ({
    ...notice,
    deliveries: notice.deliveries.map((delivery) => ({
      ...delivery,
      notifier: rename(delivery.notifier),
      why: delivery.why === null ? null : rename(delivery.why),
    })),
  }));
  return { ...history, notices };
}

/** The longest id first, so that one that begins with another is replaced as a whole. */
function renaming(ids: readonly string[]): Rename {
  const names = [...channelNames(ids)].sort(([a], [b]) => b.length - a.length);
  return (text) => names.reduce((said, [id, name]) => said.replaceAll(id, name), text);
}
