import { unavailable } from '../../domain/evidence.ts';
import { parseCommitId } from '../../domain/ids.ts';
import type { Collector } from '../../domain/ports.ts';
import { isTrouble, troubleObserved } from '../git/answer.ts';
import { whereCommitStands } from '../git/refs.ts';
import type { RepositoryDeps } from '../git/repository.ts';

/** Looks where a commit stands in the official repository now. The subject of the key is the commit. */
export function createCommitRefsCollector(deps: RepositoryDeps): Collector<'commit-refs'> {
  return {
    kind: 'commit-refs',
    collect: async ({ subject }, { signal }) => {
      const source = `branches and tags of ${deps.url}`;
      const commit = parseCommitId(subject);
      if (!commit) return unavailable('malformed', 'not-a-commit', 'Not a commit id.', source, deps.clock.now());
      const answer = await whereCommitStands(commit, deps, signal);
      const now = deps.clock.now();
      if (isTrouble(answer)) return troubleObserved(answer, source, now);
      return { status: 'observed', value: answer, source, observedAt: now };
    },
  };
}
