import type { Finding, JudgedCaveat, Reason, Scope } from '../domain/check.ts';
import { componentFacts } from '../domain/component.ts';
import { unreachable } from '../domain/errors.ts';
import { requiredComponents, type Blocker, type Decision } from '../domain/verdict.ts';
import { bounded } from '../domain/bounded.ts';
import { listing } from './rules/compare.ts';
import type { CellResult } from './rules/judgement.ts';

interface Facts {
  readonly scope: Scope | null;
  readonly decision: Decision;
  readonly judged: readonly CellResult[];
  readonly blocker: Blocker | null;
  readonly findings: readonly Finding[];
  readonly caveats: readonly JudgedCaveat[];
}

/** A hostile payload can raise many, and long ones; all of them stand whole among the findings and caveats. */
const SHOWN = 2;
const SHOWN_TEXT = 240;

/** The verdict in one line for voters: the outcome, what it is about, and what they must not overlook. */
export function headline(facts: Facts): string {
  const serious = facts.findings.filter(({ severity }) => severity === 'serious');
  const uncovered = facts.caveats.filter(({ inHeadline }) => inHeadline);
  return [outcomeSentence(facts), ...few(serious, 'serious finding', 'WARNING: '), ...few(uncovered, 'caveat')].join(
    ' ',
  );
}

/** The first ones in words, the rest by number. */
function few(items: readonly { readonly sentence: string }[], kind: string, mark = ''): readonly string[] {
  const more = items.length - SHOWN;
  const first = items.slice(0, SHOWN).map(({ sentence }) => `${mark}${bounded(sentence, SHOWN_TEXT)}`);
  return more > 0 ? [...first, `${more} more ${kind}${more === 1 ? '' : 's'}.`] : first;
}

function outcomeSentence({ scope, decision, judged, blocker }: Facts): string {
  switch (decision.outcome) {
    case 'verified':
      return `VERIFIED: ${reproduction(scope)}.${recomputedSentence(scope, judged)}`;
    case 'mismatch':
      return `MISMATCH: ${mismatchSentence(judged)}${decision.confirmed === false ? UNCONFIRMED : ''}`;
    case 'inconclusive':
      return `INCONCLUSIVE (${decision.reason ?? 'not-built'}): ${openSentence(decision.reason, judged, blocker)}`;
    default:
      return unreachable(decision.outcome);
  }
}

/** Of what the verdict is about, not of the other components of the release. */
function recomputedSentence(scope: Scope | null, judged: readonly CellResult[]): string {
  const required = requiredComponents(scope);
  const isRecomputed = judged.some(
    ({ check, component, outcome }) =>
      check === 'measurements-from-image' &&
      component !== null &&
      required.includes(component) &&
      outcome === 'verified',
  );
  return isRecomputed ? ' Its launch measurements were recomputed from the published image.' : '';
}

const UNCONFIRMED = ' UNCONFIRMED: only one build on one machine shows it so far.';

/** `GuestOS image of proposal 143816 reproduces from commit 79faae8b35`. */
function reproduction(scope: Scope | null): string {
  const labels = requiredComponents(scope).map((component) => componentFacts(component).label);
  const of = scope?.subject.mode === 'proposal' ? ` of proposal ${scope.subject.proposal.id}` : '';
  const [images, reproduce] = labels.length > 1 ? ['images', 'reproduce'] : ['image', 'reproduces'];
  return `${listing(labels)} ${images}${of} ${reproduce} from commit ${scope?.commit?.slice(0, 10) ?? 'unknown'}`;
}

/** A contradiction that stands is told before one that a second build may take back. */
function mismatchSentence(judged: readonly CellResult[]): string {
  const mismatches = judged.filter(({ outcome, tier }) => outcome === 'mismatch' && tier !== 'advisory');
  const first = mismatches.find(({ localOnly, confirmed }) => !localOnly || confirmed) ?? mismatches[0];
  const more = mismatches.length > 1 ? ` (${mismatches.length} contradictions in all)` : '';
  return `${first?.sentence ?? 'Two observed values differ.'}${more}`;
}

function openSentence(reason: Reason | null, judged: readonly CellResult[], blocker: Blocker | null): string {
  if (blocker && blocker.reason === reason) return blocker.sentence;
  const open = judged.find((result) => result.tier === 'authoritative' && result.reason === reason);
  return open?.sentence ?? 'Not everything that was requested could be compared.';
}
