import { failureOf, type GitFailure } from './failure.ts';
import { succeeded, type Git } from './git.ts';
import { withTries, type RepositoryDeps } from './repository.ts';

/** Where today's branches and tags of the official repository point. */
export interface Tips {
  /** Full names of the refs that point at an object, by its id. Names are strangers' text, and never a file of ours. */
  readonly byId: ReadonlyMap<string, readonly string[]>;
  /** What a tag leads to in the end, by the tag's id. */
  readonly peeled: ReadonlyMap<string, string>;
}

/** Room for some hundred thousand refs. */
const MOST_BYTES = 64 * 1024 * 1024;
const LINE = /^([0-9a-f]{40})\t(refs\/(?:heads|tags)\/.+)$/;
const PEELED = '^{}';

/**
 * Lists the branches and tags, again where the server was out of reach. `refs/pull/*` is never asked for: anybody can
 * put any commit there.
 */
export async function listTips(cwd: string, deps: RepositoryDeps, signal?: AbortSignal): Promise<Tips | GitFailure> {
  const args = ['ls-remote', '--heads', '--tags', '--end-of-options', deps.url];
  const call = { cwd, outputLimit: MOST_BYTES, ...(signal ? { signal } : {}) };
  const result = await withTries({ args }, call, deps);
  if (!succeeded(result)) return failureOf(result);
  if (result.truncated) return { failure: 'unreachable', words: 'the server lists more refs than can be read' };
  return parseTips(result.stdout);
}

/** Reads what `git ls-remote` writes. */
export function parseTips(text: string): Tips {
  const byId = new Map<string, string[]>();
  const peeled = new Map<string, string>();
  const idOf = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, id = '', name = ''] = LINE.exec(line) ?? [];
    const tag = name.endsWith(PEELED) ? idOf.get(name.slice(0, -PEELED.length)) : undefined;
    if (tag !== undefined) peeled.set(tag, id);
    else if (id !== '') {
      idOf.set(name, id);
      const names = byId.get(id);
      if (names) names.push(name);
      else byId.set(id, [name]);
    }
  }
  return { byId, peeled };
}

/** Types of objects that are here, by id; one that is not here has none. Nothing is fetched to find out. */
export async function typesOf(
  git: Git,
  cwd: string,
  ids: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string> | GitFailure> {
  if (ids.length === 0) return new Map();
  const result = await git.run(['cat-file', '--batch-check=%(objectname) %(objecttype)'], {
    cwd,
    stdin: `${ids.join('\n')}\n`,
    outputLimit: MOST_BYTES,
    ...(signal ? { signal } : {}),
  });
  if (!succeeded(result) || result.truncated) return failureOf(result);
  const lines = result.stdout.split('\n').map((line) => line.split(' '));
  return new Map(lines.flatMap(([id = '', type = 'missing']) => (type === 'missing' ? [] : [[id, type] as const])));
}
