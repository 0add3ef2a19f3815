import type { CheckId, CheckResult, Finding } from './check.ts';
import { plainText } from './text.ts';
import type { Decision, Verdict } from './verdict.ts';

type Said = Pick<CheckResult, 'check' | 'outcome'> & { readonly findings?: readonly Finding[] };

const SENTENCE_LIMIT = 180;
/** Findings that tell of an alarm which the verdict they stand in does not raise. */
const SLUGS = ['taken-back', 'not-deterministic'];

/**
 * The alarms of an earlier run that this one does not raise: people heard them, so the verdict that takes them back says
 * it, and so does each one after it. One finding for each check that raised one, unless the check says itself why its
 * alarm is over. Beside another mismatch only what was looked at again and is now right counts as taken back.
 */
export function takenBack(
  earlier: Pick<Verdict, 'results' | 'findings'> | null,
  { outcome }: Pick<Decision, 'outcome'>,
  results: readonly Said[],
): readonly Finding[] {
  if (!earlier) return [];
  const said = new Set(results.flatMap(({ findings = [] }) => findings).map(({ id }) => id));
  const now = (check: CheckId, wanted: Said['outcome']): boolean =>
    results.some((result) => result.check === check && result.outcome === wanted);
  return [...alarms(earlier)]
    .filter(([check]) => !now(check, 'mismatch') && (outcome !== 'mismatch' || now(check, 'verified')))
    .filter(([check]) => !SLUGS.some((slug) => said.has(`${check}/${slug}`)))
    .map(([check, sentence]) => ({ id: `${check}/taken-back`, severity: 'serious', sentence }));
}

/** What each check raised, in the words in which it is told once it is over. */
function alarms({ results, findings }: Pick<Verdict, 'results' | 'findings'>): ReadonlyMap<CheckId, string> {
  const raised = new Map<CheckId, string>();
  const add = (check: CheckId, sentence: string): void => {
    if (!raised.has(check)) raised.set(check, sentence);
  };
  for (const { check, tier, outcome, sentence } of results) {
    if (outcome === 'mismatch' && tier !== 'advisory') add(check, past(sentence));
  }
  for (const { id, sentence } of findings) {
    const [check, slug] = id.split('/') as [CheckId, string];
    if (SLUGS.includes(slug)) add(check, slug === 'taken-back' ? sentence : past(sentence));
  }
  return raised;
}

function past(sentence: string): string {
  return `An earlier run found a mismatch that this run does not find: ${plainText(sentence, SENTENCE_LIMIT)}`;
}
