import type { Cell, Check, Comparison, Finding, Judgement, Scope } from '../../domain/check.ts';
import { evidenceKey, type CommitRefs, type Evidence } from '../../domain/evidence.ts';
import { ELECTS_NOTHING, electionOf, whole } from '../rules/cells.ts';
import { bounded } from '../../domain/bounded.ts';
import { compare, listing } from '../rules/compare.ts';
import { inconclusive, mismatch, verified } from '../rules/judgement.ts';

const IDENTITY = { id: 'commit-on-release-ref', tier: 'authoritative', phase: 'before-build' } as const;

/**
 * Branches and tags that releases are cut from. No slash: rules that protect `rc--*` do not reach below one.
 * @see https://github.com/dfinity/dre (release-index.yaml, rc_name)
 */
const RELEASE_REF = /^refs\/(?:heads\/(?:rc--|hotfix-|release-)|tags\/release-)[^/]+$/;
/** GitHub serves anybody's pull request from the same repository, under `refs/pull/`. */
const OFFICIAL_REFS = ['refs/heads/', 'refs/tags/'] as const;
const ON = 'reachable from a branch or tag';
const OFF = 'not reachable from any branch or tag';
const SHOWN_REFS = 4;

/** The commit is the project's own: reachable from a branch or tag of the official repository. */
export const commitOnReleaseRef: Check = {
  ...IDENTITY,
  title: 'The commit is on a branch or tag of dfinity/ic',
  see: 'https://github.com/dfinity/dre/blob/main/release-index.yaml',
  plan: (scope) =>
    whole(
      IDENTITY,
      scope.commit === null ? { skip: ELECTS_NOTHING } : { needs: [evidenceKey.commitRefs(scope.commit)] },
    ),
  judge,
};

function judge(_cell: Cell, scope: Scope, evidence: Evidence): Judgement {
  const { commit } = scope;
  if (commit === null) return inconclusive('nothing-to-build', ELECTS_NOTHING);
  const look = evidence.get(evidenceKey.commitRefs(commit));
  if (look?.status !== 'observed') {
    return inconclusive('unreachable', 'The branches and tags of dfinity/ic could not be read.');
  }
  const { presence, refs, leftOut } = look.value;
  const findings = leftOut === undefined ? [] : [leftNowhere(leftOut)];
  switch (presence) {
    case 'missing':
      return inconclusive('source-withheld', 'This commit does not exist in dfinity/ic: its source is not public.');
    case 'off-refs':
      return mismatch(
        'The commit is not on any branch or tag of dfinity/ic: anyone may have written it.',
        [stands(OFF, look.source)],
        { findings },
      );
    case 'on-refs':
      return onRefs(
        refs.filter((ref) => OFFICIAL_REFS.some((start) => ref.startsWith(start))),
        scope,
        look.source,
        findings,
      );
  }
}

/** Whatever they lead to, it is no commit: the others count. */
function leftNowhere({ count, names }: NonNullable<CommitRefs['leftOut']>): Finding {
  const named = shortNames(names, count);
  const sentence =
    count === 1
      ? `One branch or tag of dfinity/ic does not point to a commit and is ignored: ${named}.`
      : `${count} branches or tags of dfinity/ic do not point to a commit and are ignored: ${named}.`;
  return { id: 'commit-on-release-ref/refs-left-out', severity: 'info', sentence };
}

function onRefs(refs: readonly string[], scope: Scope, source: string, odd: readonly Finding[]): Judgement {
  if (refs.length === 0) return inconclusive('unreachable', 'It is not known which branch or tag contains the commit.');
  const releases = refs.filter((ref) => RELEASE_REF.test(ref));
  const named = shortNames(releases.length > 0 ? releases : refs);
  const sentence = `The commit is on ${named} of dfinity/ic.`;
  if (releases.length > 0 || !electionOf(scope)) return verified(sentence, [stands(ON, source)], { findings: odd });
  const finding = {
    id: 'commit-on-release-ref/not-a-release-ref',
    severity: 'warning',
    sentence: `The elected commit is not on a release branch or tag, only on ${named}.`,
  } as const;
  return verified(sentence, [stands(ON, source)], { findings: [finding, ...odd] });
}

function stands(value: string, source: string): Comparison {
  return compare('commit', { value: ON, source: 'the rule for releases' }, { value, source });
}

function shortNames(refs: readonly string[], all = refs.length): string {
  const names = refs.slice(0, SHOWN_REFS).map((ref) => bounded(ref.replace(/^refs\/(heads|tags)\//, ''), 80));
  const rest = all - names.length;
  return listing(rest > 0 ? [...names, `${rest} more`] : names);
}
