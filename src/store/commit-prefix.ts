import type { CommitId } from '../domain/ids.ts';
import type { Queries } from './database.ts';

/** Most that are told apart for whoever asks. */
const MOST = 5;

/** The commits of proposals and runs that begin so, which is at least seven hexadecimal digits in lower case. */
export async function commitsBeginning(queries: Queries, digits: string): Promise<readonly CommitId[]> {
  const [proposals, runs] = await Promise.all([
    queries.selectFrom('proposals').select('commit_id').distinct().where('commit_id', 'like', `${digits}%`).execute(),
    queries.selectFrom('runs').select('commit_id').distinct().where('commit_id', 'like', `${digits}%`).execute(),
  ]);
  const found = [...proposals, ...runs].flatMap(({ commit_id: commit }) => commit ?? []);
  return [...new Set(found)].sort().slice(0, MOST) as CommitId[];
}
