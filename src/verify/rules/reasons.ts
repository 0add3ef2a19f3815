import { REASONS, type Reason, type Scope } from '../../domain/check.ts';
import { evidenceKey, type Evidence, type Observation } from '../../domain/evidence.ts';
import type { CommitId } from '../../domain/ids.ts';
import type { BuildFailure } from '../../domain/ports.ts';
import { bounded } from '../../domain/bounded.ts';

export interface Gap {
  readonly reason: Reason;
  readonly sentence: string;
}

const BUILD_FAILURES: readonly BuildFailure[] = [
  'host-unfit',
  'build-failed',
  'build-timeout',
  'not-built',
  'interrupted',
];

/** `not-published` only where every place that was asked said so itself; anything less certain is `unreachable`. */
export function publishedReason(looks: readonly (Observation<unknown> | undefined)[]): Reason {
  const absent = looks.filter((look) => look?.status === 'unavailable' && look.kind === 'absent');
  return looks.length > 0 && absent.length === looks.length ? 'not-published' : 'unreachable';
}

/** Of several gaps the one whose reason comes first in the contract's order. */
export function firstGap(gaps: readonly [Gap, ...Gap[]]): Gap {
  return gaps.reduce((first, gap) => (REASONS.indexOf(gap.reason) < REASONS.indexOf(first.reason) ? gap : first));
}

/** Why an output of the local build was not observed. A build that never began has its cause elsewhere. */
export function buildGap(
  scope: Scope,
  commit: CommitId,
  evidence: Evidence,
  output: Observation<unknown> | undefined,
): Gap {
  const look = output ?? evidence.get(evidenceKey.build(commit, 1));
  if (look === undefined) return neverBegun(scope, commit, evidence);
  if (look.status === 'observed') {
    return { reason: 'build-failed', sentence: 'The build ended, but this output was not found.' };
  }
  const reason = BUILD_FAILURES.find((failure) => failure === look.code) ?? 'build-failed';
  return reason === 'not-built' ? neverBegun(scope, commit, evidence) : { reason, sentence: bounded(look.detail, 300) };
}

const OUTSTANDING = 'The build is running or queued; its result is not available yet.';

function neverBegun(scope: Scope, commit: CommitId, evidence: Evidence): Gap {
  if (!scope.build) return { reason: 'not-built', sentence: 'The build was not requested.' };
  const refs = evidence.get(evidenceKey.commitRefs(commit));
  if (refs?.status === 'observed' && refs.value.presence === 'missing') {
    return { reason: 'source-withheld', sentence: 'The source of this commit is not public, so nothing was built.' };
  }
  const tree = evidence.get(evidenceKey.tree(commit));
  if (refs?.status === 'unavailable' || tree?.status === 'unavailable') {
    return { reason: 'unreachable', sentence: 'The source repository could not be read, so nothing was built.' };
  }
  if (tree?.status === 'observed' && tree.value.buildScript === null) {
    return { reason: 'not-built', sentence: 'Layout not supported: the source has no known build script.' };
  }
  if (scope.buildIsOutstanding) return { reason: 'not-built', sentence: OUTSTANDING };
  return { reason: 'not-built', sentence: 'It was not built on this machine.' };
}
