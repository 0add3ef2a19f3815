import { byUrgency, type Urgency } from './stage.ts';

/** One election with work to do. Times are UTC seconds. */
export interface Pending extends Urgency {
  /** Elections of one commit share one build. */
  readonly commit: string | null;
  /** Its build goes on or is over. One that is held, but whose build has not begun, waits for its turn like the others. */
  readonly building: boolean;
  /** What its worker expects; null: it does not say. */
  readonly expectedAt: number | null;
  /** Not before. */
  readonly dueAt: number;
}

/**
 * When each verdict is expected, if one build goes on at a time and the most urgent is next; what is being built is
 * not interrupted.
 */
export function expectedEnds(
  pending: readonly Pending[],
  now: number,
  runSeconds: number,
): ReadonlyMap<string, number> {
  const ends = new Map<string, number>();
  const builds = new Map<string, number>();
  let free = now;
  const inLine = [...pending].sort((a, b) => (a.building === b.building ? byUrgency(a, b) : a.building ? -1 : 1));
  for (const { proposalId, commit, building, expectedAt, dueAt } of inLine) {
    const shared = commit === null ? undefined : builds.get(commit);
    const end =
      building && expectedAt !== null ? Math.max(expectedAt, now) : (shared ?? Math.max(free, dueAt) + runSeconds);
    if (commit !== null) builds.set(commit, Math.max(end, shared ?? 0));
    free = Math.max(free, end);
    ends.set(proposalId, end);
  }
  return ends;
}

/** Whether a build that nobody waits for urgently may start now, without making another election miss its deadline. */
export function leavesRoom(others: readonly Pending[], now: number, buildSeconds: number, runSeconds: number): boolean {
  const before = expectedEnds(others, now, runSeconds);
  return others.every(({ proposalId, deadlineAt, decided }) => {
    const end = before.get(proposalId) ?? now;
    const inTimeNow = !decided && deadlineAt !== null && end <= deadlineAt;
    return !inTimeNow || end + buildSeconds <= deadlineAt;
  });
}

/**
 * The elections that would miss their deadline behind the build of this commit, which goes on, and are in time where it
 * is broken off for theirs. Empty too where that would make any other miss a deadline that it keeps now.
 */
export function givesWayTo(
  pending: readonly Pending[],
  commit: string,
  now: number,
  runSeconds: number,
): readonly Pending[] {
  const brokenOff = pending.map((each) =>
    each.commit === commit ? { ...each, building: false, expectedAt: null, dueAt: now } : each,
  );
  const [before, after] = [pending, brokenOff].map((each) => expectedEnds(each, now, runSeconds));
  const isSaved = (each: Pending): boolean => !isInTime(each, before) && isInTime(each, after);
  if (pending.some((each) => isInTime(each, before) && !isInTime(each, after))) return [];
  return pending.filter((each) => each.commit !== commit && !each.building && each.dueAt <= now && isSaved(each));
}

function isInTime(
  { proposalId, decided, deadlineAt }: Pending,
  ends: ReadonlyMap<string, number> | undefined,
): boolean {
  return !decided && deadlineAt !== null && (ends?.get(proposalId) ?? Infinity) <= deadlineAt;
}
