import type { Cell, Check, Comparison, Judgement, Scope } from '../../domain/check.ts';
import { evidenceKey, type Evidence } from '../../domain/evidence.ts';
import { ELECTS_NOTHING, electionOf, whole } from '../rules/cells.ts';
import { bounded, compare, listing } from '../rules/compare.ts';
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
  const { presence, refs } = look.value;
  switch (presence) {
    case 'missing':
      return inconclusive('source-withheld', 'This commit does not exist in dfinity/ic: its source is not public.');
    case 'off-refs':
      return mismatch('The commit is on no branch or tag of dfinity/ic: it may be anybody’s.', [
        stands(OFF, look.source),
      ]);
    case 'on-refs':
      return onRefs(
        refs.filter((ref) => OFFICIAL_REFS.some((start) => ref.startsWith(start))),
        scope,
        look.source,
      );
  }
}

function onRefs(refs: readonly string[], scope: Scope, source: string): Judgement {
  if (refs.length === 0) return inconclusive('unreachable', 'It is not known which branch or tag has the commit.');
  const releases = refs.filter((ref) => RELEASE_REF.test(ref));
  const named = shortNames(releases.length > 0 ? releases : refs);
  const sentence = `The commit is on ${named} of dfinity/ic.`;
  if (releases.length > 0 || !electionOf(scope)) return verified(sentence, [stands(ON, source)]);
  const finding = {
    id: 'commit-on-release-ref/not-a-release-ref',
    severity: 'warning',
    sentence: `The elected commit is on no release branch or tag, only on ${named}.`,
  } as const;
  return verified(sentence, [stands(ON, source)], { findings: [finding] });
}

function stands(value: string, source: string): Comparison {
  return compare('commit', { value: ON, source: 'the rule for releases' }, { value, source });
}

function shortNames(refs: readonly string[]): string {
  const names = refs.slice(0, SHOWN_REFS).map((ref) => bounded(ref.replace(/^refs\/(heads|tags)\//, ''), 80));
  const rest = refs.length - names.length;
  return listing(rest > 0 ? [...names, `${rest} more`] : names);
}
