import type { Scope, Subject } from '../domain/check.ts';
import { evidenceKey, type Evidence, type TreeFacts } from '../domain/evidence.ts';
import { absentOnCdn, planChecks, scopeOf, TARGETS, type Plan } from './plan.ts';
import type { VerifyInput } from './verification.ts';

export interface Asked {
  readonly scope: Scope;
  readonly plan: Plan;
}

/**
 * The question as far as it is known by now: what applies comes from the commit's own tree and from what the download
 * hosts do not have. Until they have said so, everything is expected, so that nobody's silence takes anything out.
 */
export function ask(subject: Subject, input: VerifyInput, evidence: Evidence): Asked {
  const { components: flags, mirrors, build, attestations, dryRun } = input;
  const asked = (tree: TreeFacts | null, absent: ReturnType<typeof absentOnCdn>): Scope =>
    scopeOf({ subject, flags, mirrors, build, attestations, facts: { tree, absentOnCdn: absent } });
  const widest = asked(null, []);
  const tree = widest.commit ? evidence.get(evidenceKey.tree(widest.commit)) : undefined;
  // A dry run asks no download host: the tree alone says what there is to build.
  const absent = dryRun ? TARGETS : absentOnCdn(widest, evidence);
  const scope = asked(tree?.status === 'observed' ? tree.value : null, absent);
  return { scope, plan: planChecks(scope) };
}
