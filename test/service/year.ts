import type { Behaviour, Host, SimElection } from './outside.ts';
import { BEGIN, commitOf, DAY, electionAt, HOUR } from './timeline.ts';

/** A time during which something is out of reach, UTC seconds. */
interface Outage {
  readonly from: number;
  readonly to: number;
}

export interface Year {
  readonly days: number;
  readonly elections: readonly SimElection[];
  readonly outages: Readonly<Record<Host | 'bot' | 'hook', readonly Outage[]>>;
  /** Seconds after the beginning, and for how long nothing runs then. */
  readonly kills: readonly { readonly at: number; readonly downtime: number }[];
}

/** What elections came to lately, one of each hundred. */
const SHARES: readonly (readonly [Behaviour, number])[] = [
  ['verified', 74],
  ['mismatch', 8],
  ['build-fails', 6],
  ['withheld', 6],
  ['differs-once', 3],
  ['differs', 3],
];

/** The cadence of 2026, shortened to so many weeks: bursts on Fridays, and pairs two hours apart. */
export function yearOf(random: () => number, weeks: number): Year {
  const wanted = Math.round((86 * weeks) / 52);
  const pairs = Math.ceil((10 * weeks) / 52);
  const elections: SimElection[] = [];
  for (let number = 0; number < wanted - pairs; number += 1) {
    const week = Math.floor((number * weeks) / (wanted - pairs));
    const onFriday = random() < 0.7;
    const hours = week * 168 + (onFriday ? random() * 3 : random() * 160);
    const first = anElection(random, hours, number * 2);
    elections.push(first);
    if (number < pairs) elections.push(second(first, hours + 2, number * 2 + 1));
  }
  const days = weeks * 7 + 8;
  const outages = (most: number) => outagesOf(random, days, most);
  return {
    days,
    elections,
    outages: { governance: outages(2), cdn: outages(6), github: outages(6), bot: outages(8), hook: outages(8) },
    kills: Array.from({ length: weeks }, (_, week) => ({
      at: (week * 7 + random() * 7) * DAY,
      downtime: random() * 3 * HOUR,
    })).sort((a, b) => a.at - b.at),
  };
}

function anElection(random: () => number, hours: number, number: number): SimElection {
  const behaviour = behaviourOf(random() * 100);
  const plain = electionAt(hours, `${300 + number}`, { behaviour });
  const moves = random() < 0.2;
  const moved = { at: plain.deadlineAt - HOUR, deadlineAt: plain.deadlineAt + 20 * HOUR };
  const end = moves ? moved.deadlineAt : plain.deadlineAt;
  return {
    ...plain,
    ...(moves ? { moved } : {}),
    decidedAt: moves ? end : plain.submittedAt + DAY + random() * 3 * DAY,
    ends: random() < 0.05 ? 'rejected' : random() < 0.05 ? 'failed' : 'executed',
    ...(behaviour === 'withheld' ? { appearsAt: plain.submittedAt + (0.5 + random() * 4) * DAY } : {}),
  };
}

function second(first: SimElection, hours: number, number: number): SimElection {
  const commit = first.behaviour === 'verified' ? first.commit : commitOf(`second ${number}`);
  return electionAt(hours, `${300 + number}`, { commit, component: 'hostos' });
}

function behaviourOf(percent: number): Behaviour {
  let sum = 0;
  for (const [behaviour, share] of SHARES) {
    sum += share;
    if (percent < sum) return behaviour;
  }
  return 'verified';
}

/** About one in three days, from minutes to `most` hours. */
function outagesOf(random: () => number, days: number, most: number): readonly Outage[] {
  return Array.from({ length: Math.ceil(days / 3) }, () => {
    const from = BEGIN + random() * days * DAY;
    return { from, to: from + random() ** 2 * most * HOUR };
  });
}

export const isOut = (outages: readonly Outage[], nowMs: number): boolean =>
  outages.some(({ from, to }) => nowMs >= from * 1000 && nowMs < to * 1000);
