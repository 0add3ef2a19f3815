/**
 * Where a run stands. `judged`: it has ended, and nothing more would help. `waiting`: it has ended, and another run follows
 * at a stored time: something is out of reach or not published yet. One whose worker died stands where it died.
 */
export type Stage = 'queued' | 'collecting' | 'building' | 'judging' | 'judged' | 'waiting';

/**
 * The state machine, whole: a step that is not here is a bug. Storing what is known so far is no step, and neither is a
 * second build; a proposal that cannot be read has nothing to judge.
 */
const STEPS: Readonly<Record<Stage, readonly Stage[]>> = {
  queued: ['collecting'],
  collecting: ['building', 'judging', 'judged', 'waiting'],
  building: ['judging'],
  judging: ['judged', 'waiting'],
  judged: [],
  waiting: [],
};

/** Every step that a run may take. */
export const ALL_STEPS: readonly (readonly [Stage, Stage])[] = (Object.keys(STEPS) as Stage[]).flatMap((from) =>
  STEPS[from].map((to) => [from, to] as const),
);

export function isStep(from: Stage, to: Stage): boolean {
  return STEPS[from].includes(to);
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
