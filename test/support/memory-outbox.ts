import type { Notice, RemoteMessage } from '../../src/domain/notice.ts';
import type { Delivery, Outbox } from '../../src/domain/service-ports.ts';

interface Row {
  readonly id: string;
  readonly notifier: string;
  readonly notice: Notice;
  state: 'pending' | 'retry' | 'sent' | 'skipped' | 'dead';
  attempt: number;
  dueAtMs: number;
}

/** An outbox that is forgotten with the test. `mutedUntil`: milliseconds, by proposal. */
export function memoryOutbox(mutedUntil: ReadonlyMap<string, number> = new Map()): Outbox {
  const notices = new Map<string, Notice>();
  const rows: Row[] = [];
  const remotes = new Map<string, RemoteMessage>();
  const placeOf = (row: Row): string => `${row.notifier} ${row.notice.proposal?.id ?? ''}`;
  const isOpen = (row: Row): boolean => row.state === 'pending' || row.state === 'retry';
  const sameSubject = (a: Row, b: Row): boolean => a.notice.proposal !== null && placeOf(a) === placeOf(b);
  const heads = (notifier: string): Row[] =>
    rows.filter((row, at) => {
      const earlier = rows.slice(0, at).some((other) => isOpen(other) && sameSubject(other, row));
      return row.notifier === notifier && isOpen(row) && !earlier;
    });
  const around = (row: Row): Pick<Delivery, 'later' | 'told' | 'missed'> => {
    const at = rows.indexOf(row);
    const isMissed = ({ state }: Row): boolean => state === 'dead' || state === 'skipped';
    const earlier = rows.slice(0, at).filter((other) => sameSubject(other, row));
    const since = earlier.slice(earlier.findLastIndex(({ state }) => state === 'sent') + 1);
    const later = rows.slice(at + 1).filter((other) => sameSubject(other, row) && !isMissed(other));
    const types = (some: readonly Row[]) => some.map(({ notice }) => notice.type);
    const told = types(earlier.filter(({ state }) => state === 'sent'));
    return { later: types(later), told, missed: types(since.filter(isMissed)) };
  };
  const change = (id: string, fields: Partial<Row>): void => {
    const row = rows.find((each) => each.id === id && each.state !== 'sent');
    if (row) Object.assign(row, fields);
  };
  const deliveryOf = (row: Row, nowMs: number): Delivery => {
    const until = mutedUntil.get(row.notice.proposal?.id ?? '') ?? 0;
    return {
      id: row.id,
      notifier: row.notifier,
      notice: JSON.parse(JSON.stringify(row.notice)) as Notice,
      attempt: row.attempt,
      previous: row.notice.proposal ? (remotes.get(placeOf(row)) ?? null) : null,
      ...around(row),
      overtaken: rows.slice(rows.indexOf(row) + 1).some((later) => sameSubject(row, later)),
      mutedUntilMs: until > nowMs ? until : null,
    };
  };
  return {
    enqueue: async (news, notifiers) => {
      for (const notice of news.filter(({ key }) => !notices.has(key))) {
        notices.set(notice.key, notice);
        for (const notifier of notifiers) {
          const id = `delivery-${rows.length + 1}`;
          rows.push({ id, notifier, notice, state: 'pending', attempt: 0, dueAtMs: 0 });
        }
      }
    },
    told: async (keys) => new Set(keys.filter((key) => notices.has(key))),
    next: async (notifier, nowMs) => {
      const row = heads(notifier).find(({ dueAtMs }) => dueAtMs <= nowMs);
      return row ? deliveryOf(row, nowMs) : null;
    },
    sent: async (id, remote) => {
      const row = rows.find((each) => each.id === id);
      if (!row) return;
      row.state = 'sent';
      if (remote !== null && row.notice.proposal) remotes.set(placeOf(row), remote);
    },
    retry: async (id, atMs) => {
      const attempt = rows.find((row) => row.id === id)?.attempt ?? 0;
      change(id, { state: 'retry', dueAtMs: atMs, attempt: attempt + 1 });
    },
    dead: async (id) => change(id, { state: 'dead' }),
    skipped: async (id) => change(id, { state: 'skipped' }),
    nextDueMs: async (notifier) => {
      const due = heads(notifier).map(({ dueAtMs }) => dueAtMs);
      return due.length > 0 ? Math.min(...due) : null;
    },
  };
}
