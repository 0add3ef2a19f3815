import type { Job, WorkQueue } from '../../src/domain/service-ports.ts';
import { byUrgency, type Urgency } from '../../src/domain/stage.ts';

interface Row extends Job {
  state: 'queued' | 'held' | 'finished';
  attempt: number;
  notBeforeMs: number;
  worker: string | null;
  leaseUntilMs: number;
  progress: unknown;
  result: unknown;
}

/** A queue that is forgotten with the test. `urgencyOf` tells what is known of a proposal, or of those of a commit. */
export function memoryQueue(now: () => number, urgencyOf: (key: string) => Urgency): WorkQueue {
  const rows: Row[] = [];
  const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null)) as unknown;
  const commitOf = (row: Row): string => row.key.slice(0, 40);
  const closes = (row: Row): number => {
    const { decided, deadlineAt } = urgencyOf(commitOf(row));
    return decided ? Infinity : (deadlineAt ?? Infinity);
  };
  const isDue = (row: Row): boolean =>
    row.state === 'queued' ? row.notBeforeMs <= now() : row.state === 'held' && row.leaseUntilMs <= now();
  const isBuilding = (row: Row): boolean =>
    rows.some(
      (other) =>
        other !== row && other.state === 'held' && other.leaseUntilMs > now() && commitOf(other) === commitOf(row),
    );
  const held = (id: string, worker: string): Row | undefined =>
    rows.find((row) => row.id === id && row.worker === worker && row.state === 'held');
  const change = (row: Row | undefined, fields: Partial<Row>): boolean =>
    row !== undefined && Boolean(Object.assign(row, fields));
  return {
    enqueue: async ({ kind, key, input }, notBeforeMs) => {
      if (rows.some((row) => row.kind === kind && row.key === key && row.state !== 'finished')) return;
      const fresh = {
        state: 'queued',
        attempt: 0,
        why: null,
        worker: null,
        leaseUntilMs: 0,
        progress: null,
        result: null,
      } as const;
      rows.push({ id: `job-${rows.length + 1}`, kind, key, input: copy(input), notBeforeMs, ...fresh });
    },
    claim: async (kind, worker, leaseMs) => {
      const due = rows.filter((row) => row.kind === kind && isDue(row));
      const [next] =
        kind === 'build'
          ? due
              .filter((row) => !isBuilding(row))
              .sort((a, b) => (closes(a) < closes(b) ? -1 : Number(closes(a) > closes(b))))
          : due.sort((a, b) => byUrgency(urgencyOf(a.key), urgencyOf(b.key)));
      if (!next) return null;
      const attempt = next.attempt + 1;
      change(next, { state: 'held', worker, leaseUntilMs: now() + leaseMs, attempt, progress: null });
      return { id: next.id, kind, key: next.key, input: copy(next.input), attempt, why: next.why };
    },
    heartbeat: async (id, worker, leaseMs, progress) =>
      change(held(id, worker), { leaseUntilMs: now() + leaseMs, progress: copy(progress) }),
    finish: async (id, worker, result) => change(held(id, worker), { state: 'finished', result: copy(result) }),
    postpone: async (id, worker, notBeforeMs, why, how) =>
      change(held(id, worker), {
        state: 'queued',
        worker: null,
        notBeforeMs,
        why,
        ...(how === 'ended' ? { attempt: 0 } : {}),
      }),
    giveBack: async (id, worker, why) => {
      const row = held(id, worker);
      return change(row, { state: 'queued', worker: null, notBeforeMs: now(), why, attempt: (row?.attempt ?? 0) - 1 });
    },
    look: async (kind, key) => {
      const row = rows.findLast((each) => each.kind === kind && each.key === key);
      return row ? { state: row.state, why: row.why, progress: copy(row.progress), result: copy(row.result) } : null;
    },
  };
}
