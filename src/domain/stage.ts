/**
 * Where a run stands. `waiting`: something is out of reach or not published yet; tried again at a stored time.
 * A run whose worker died stands where it was and is taken up again from what is stored.
 */
export type Stage = 'queued' | 'collecting' | 'building' | 'judging' | 'judged' | 'waiting';

/** What moves a run. */
export type StageEvent =
  | 'claimed' // a worker took it up, for the first time or again
  | 'collected' // the published facts are in
  | 'built' // the build ended, well or not
  | 'judged' // the verdict is final as far as we can tell now
  | 'unconfirmed' // only the local build differs: build a second time
  | 'postponed' // try again later
  | 'abandoned'; // the worker's lease ran out

/** The state machine, whole: a pair that is not here is a bug. */
const TABLE: Readonly<Record<Stage, Partial<Readonly<Record<StageEvent, Stage>>>>> = {
  queued: { claimed: 'collecting' },
  waiting: { claimed: 'collecting' },
  collecting: { collected: 'building', judged: 'judged', postponed: 'waiting', abandoned: 'queued' },
  building: { built: 'judging', postponed: 'waiting', abandoned: 'queued' },
  judging: { judged: 'judged', unconfirmed: 'building', postponed: 'waiting', abandoned: 'queued' },
  // Asked for by hand, or a withheld source that may have appeared.
  judged: { postponed: 'waiting', abandoned: 'judged' },
};

/** The stage after an event; null where the event cannot happen. */
export function nextStage(stage: Stage, event: StageEvent): Stage | null {
  return TABLE[stage][event] ?? null;
}

/** What the order of work depends on. Times are UTC seconds. */
export interface Urgency {
  readonly proposalId: string;
  readonly decided: boolean;
  /** null: unknown, which comes after every known deadline. */
  readonly deadlineAt: number | null;
}

/** Undecided first, then the earliest deadline, then the smallest id. */
export function byUrgency(a: Urgency, b: Urgency): number {
  if (a.decided !== b.decided) return a.decided ? 1 : -1;
  const [left, right] = [a.deadlineAt ?? Infinity, b.deadlineAt ?? Infinity];
  if (left !== right) return left - right;
  const [x, y] = [BigInt(a.proposalId), BigInt(b.proposalId)];
  return x < y ? -1 : x > y ? 1 : 0;
}
