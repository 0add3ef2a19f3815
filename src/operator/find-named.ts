import { WatchError } from '../domain/errors.ts';
import { parseCommitId, parseProposalId, parseSha256 } from '../domain/ids.ts';
import type { Place } from '../domain/proposal-history.ts';
import { commitsBeginning } from '../store/commit-prefix.ts';
import type { Queries } from '../store/database.ts';
import { findPlaces } from '../store/proposal-history.ts';

/** As short as git shows a commit. */
const SHORT_COMMIT = /^[0-9a-f]{7,39}$/;

/**
 * Where what somebody names was seen, by its form: a proposal's number, a commit or the first digits of one, the SHA-256 of
 * something. What could be a number is one where there is such a proposal.
 */
export async function findNamed(queries: Queries, text: string): Promise<readonly Place[]> {
  const [proposal, digits] = [parseProposalId(text), text.toLowerCase()];
  const [commit, sha256] = [parseCommitId(digits), parseSha256(text)];
  if (commit) return findPlaces(queries, { commit });
  if (sha256) return findPlaces(queries, { sha256 });
  const places = proposal ? await findPlaces(queries, { proposal }) : [];
  if (places.length > 0) return places;
  if (SHORT_COMMIT.test(digits)) return placesBeginning(queries, digits);
  if (proposal) return [];
  throw new WatchError(
    'input',
    'show-what',
    'Give a proposal number, a commit (7 to 40 hexadecimal digits) or a SHA-256 (64 hexadecimal digits).',
  );
}

async function placesBeginning(queries: Queries, digits: string): Promise<readonly Place[]> {
  const [commit, ...others] = await commitsBeginning(queries, digits);
  if (commit === undefined) return [];
  if (others.length === 0) return findPlaces(queries, { commit });
  const message = `Several commits begin so: ${[commit, ...others].join(', ')}. Give more digits.`;
  throw new WatchError('input', 'commit-not-unique', message);
}
