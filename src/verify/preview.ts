import type { Proposal } from '../domain/proposal.ts';
import type { Blocker } from '../domain/verdict.ts';
import { blockerOf, planChecks, scopeOf } from './plan.ts';
import { planText, type PlanText } from './plan-text.ts';
import { proposalSubject, unreadable } from './subject.ts';
import type { VerifyDeps, VerifyInput } from './verification.ts';

export interface PlannedTarget {
  readonly proposal: Proposal | null;
  /** Why there would be nothing to verify. */
  readonly blocker: Blocker | null;
  readonly plan: PlanText;
}

/** What `verifyVersion` would do with this input, before anything but the proposal was looked at. */
export async function planTarget(
  input: VerifyInput,
  deps: Pick<VerifyDeps, 'proposals' | 'signal'>,
): Promise<PlannedTarget> {
  const { target, components: flags, mirrors, build, attestations } = input;
  const facts = { tree: null, absentOnCdn: [] };
  if (target.mode === 'commit') {
    const scope = scopeOf({ subject: target, flags, mirrors, build, attestations, facts });
    return { proposal: null, blocker: null, plan: planText(scope, planChecks(scope)) };
  }
  const reading = await deps.proposals.read(target.id, deps.signal);
  if (reading.status === 'unavailable') {
    const nothing = { urls: [], images: [], looks: [], checks: [], skipped: [], build: null };
    return { proposal: null, blocker: unreadable(target.id, reading), plan: nothing };
  }
  const subject = proposalSubject(reading.value);
  const scope = scopeOf({ subject, flags, mirrors, build, attestations, facts });
  return { proposal: reading.value, blocker: blockerOf(subject), plan: planText(scope, planChecks(scope)) };
}
