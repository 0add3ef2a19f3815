import type { Outcome } from './check.ts';
import type { Component } from './component.ts';
import type { Notice, Notifier, NoticeType } from './notice.ts';
import type { ProposalKind } from './proposal.ts';
import type { QuietHours } from './quiet-hours.ts';

/** What one channel is told, and how. A list that is not given holds nothing back; what a notice lacks is in no list. */
export interface Route {
  readonly only: {
    readonly outcomes?: readonly Outcome[];
    readonly kinds?: readonly ProposalKind[];
    /** By the component that a proposal elects. */
    readonly components?: readonly Component[];
    readonly notices?: readonly NoticeType[];
  };
  /** In place of the service's own. */
  readonly quietHours: QuietHours | null;
  /** `compact`: the outcome, the headline and what to do; the evidence stands elsewhere. */
  readonly text: 'full' | 'compact';
}

/** A channel with what it is told; without a route, everything. */
export interface RoutedNotifier extends Notifier {
  readonly route?: Route;
}

export const EVERYTHING: Route = { only: {}, quietHours: null, text: 'full' };

/**
 * Whether a channel is told of a notice. `told`: what it was told of the same proposal before. Who was told a verdict is
 * told the next one, whatever it is: no alarm may stand there that was taken back elsewhere.
 */
export function passes({ only }: Route, notice: Notice, told: readonly NoticeType[]): boolean {
  const { type, proposal } = notice;
  if (type === 'test') return true;
  const inList = <T>(list: readonly T[] | undefined, value: T | null): boolean =>
    list === undefined || (value !== null && list.includes(value));
  const isAbout = inList(only.kinds, proposal?.kind ?? null) && inList(only.components, electedBy(proposal?.kind));
  if (!isAbout) return false;
  if (type === 'verdict' && told.some((earlier) => earlier === 'verdict' || earlier === 'early-finding')) return true;
  return inList(only.notices, type) && inList(only.outcomes, outcomeOf(notice));
}

/** What nodes run instead of what was elected is a mismatch as well, whatever the verdict on the election is. */
function outcomeOf({ type, pings, verdict }: Notice): Outcome | null {
  if (type === 'early-finding' || type === 'registry-differs') return 'mismatch';
  if (type === 'deployment' && pings) return 'mismatch';
  const outcome = verdict?.verdict?.['outcome'];
  return outcome === 'verified' || outcome === 'mismatch' || outcome === 'inconclusive' ? outcome : null;
}

function electedBy(kind: ProposalKind | undefined): Component | null {
  if (kind === 'elect-guestos') return 'guestos';
  return kind === 'elect-hostos' ? 'hostos' : null;
}

const KINDS: readonly ProposalKind[] = ['elect-guestos', 'elect-hostos', 'retire-only', 'other'];

/** The kinds of proposal of whose mismatch no channel would be told. */
export function unheardMismatches(routes: readonly Route[]): readonly ProposalKind[] {
  const hears = ({ only: { outcomes, kinds, components, notices } }: Route, kind: ProposalKind): boolean => {
    const elected = electedBy(kind);
    return (
      (outcomes?.includes('mismatch') ?? true) &&
      (kinds?.includes(kind) ?? true) &&
      (components === undefined || (elected !== null && components.includes(elected))) &&
      (notices?.includes('verdict') ?? true)
    );
  };
  return KINDS.filter((kind) => !routes.some((route) => hears(route, kind)));
}

/** The notice as a channel with this route shows it. */
export function asRouted({ text }: Route, notice: Notice): Notice {
  const { verdict } = notice;
  if (text === 'full' || !verdict) return notice;
  return { ...notice, verdict: { ...verdict, checks: [], evidence: [] } };
}
