import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../../platform/files.ts';
import { isFailure, type GitFailure } from './failure.ts';
import { succeeded } from './git.ts';
import { FETCH, fetchWithTries, prepareBare, WHOLE_MS, type RepositoryDeps } from './repository.ts';
import { typesOf } from './tips.ts';

/** What is fetched is kept under its id: whatever the server calls it never is a file name of ours. */
export const TIPS = 'refs/tips/';
export const tipRef = (id: string): string => `${TIPS}${id}`;

/** Where the objects go, and how much of what they lead to comes along. */
export interface TipsTarget {
  readonly path: string;
  /** It was there before: what fails here may be our own copy’s fault. */
  readonly known: boolean;
  /** Before and after the word `fetch`. */
  readonly settings: readonly string[];
  readonly options: readonly string[];
}

/** Ids whose history could not be read, though a commit may stand there. What leads to no commit at all is not among them. */
export type Unread = ReadonlySet<string>;

/** Beyond so many, what stays away is not looked at one by one. */
const MOST_PROBES = 16;
/** What no other choice of objects would change. */
const ON_THE_WAY = /no progress|could not resolve|unable to access|connection|timed out|certificate|SSL|proxy/i;
const BREAKS_OFF: ReadonlySet<GitFailure['failure']> = new Set(['cancelled', 'too-large', 'storage', 'unfit']);
/** Where the server, or git over its answer, names the object that it stumbled over. */
const NAMED = /(?:not our ref|unadvertised object|bad revision) '?([0-9a-f]{40})/;

/**
 * Fetches these objects with their history. A server fails as a whole over one ref that points at nothing, at a tree or
 * at a torn history; so those are found and left out, and the rest counts.
 */
export async function fetchTips(
  ids: readonly string[],
  target: TipsTarget,
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<Unread | GitFailure> {
  const left: string[] = [];
  const groups: (readonly string[])[] = ids.length > 0 ? [ids] : [];
  const most = Math.ceil(Math.log2(ids.length + 1)) + 3;
  // However many groups it takes: one bound on all of them.
  const until = performance.now() + (deps.wholeMs ?? WHOLE_MS);
  let failed = 0;
  for (let first = true, group = groups.pop(); group; first = false, group = groups.pop()) {
    const failure = await fetchGroup(group, target, { ...deps, wholeMs: until - performance.now() }, first, signal);
    failed = failure ? failed + 1 : 0;
    if (!failure) continue;
    const named = NAMED.exec(failure.words)?.[1];
    const parts = named && group.includes(named) ? [[named]] : halves(group);
    const ours = failure.failure === 'local' && target.known && named === undefined;
    if (ours || BREAKS_OFF.has(failure.failure) || ON_THE_WAY.test(failure.words)) return failure;
    if (failed > most || performance.now() >= until) return failure;
    if (parts.length === 1) left.push(...(parts[0] ?? []));
    if (named && group.length > 1) groups.push(group.filter((id) => id !== named));
    else if (parts.length > 1) groups.push(...parts);
  }
  return unreadOf(left, deps, signal);
}

function halves(group: readonly string[]): (readonly string[])[] {
  if (group.length === 1) return [group];
  const middle = Math.ceil(group.length / 2);
  return [group.slice(0, middle), group.slice(middle)];
}

function fetchGroup(
  ids: readonly string[],
  { path, settings, options }: TipsTarget,
  deps: RepositoryDeps,
  first: boolean,
  signal?: AbortSignal,
): Promise<GitFailure | null> {
  const args = [...settings, ...FETCH, ...options, '--stdin', 'origin'];
  const stdin = ids.map((id) => `+${id}:${tipRef(id)}\n`).join('');
  return fetchWithTries({ args, stdin, ...(first ? {} : { tries: 1 }) }, path, deps, signal);
}

/** A tree, a blob or nothing at all leads to no commit; anything else might have. */
async function unreadOf(
  ids: readonly string[],
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<Unread | GitFailure> {
  const unread = new Set(ids.slice(MOST_PROBES));
  for (const id of ids.slice(0, MOST_PROBES)) {
    const type = await typeAtServer(id, deps, signal);
    if (isFailure(type) && type.failure !== 'too-large' && BREAKS_OFF.has(type.failure)) return type;
    if (isFailure(type) || type === 'commit' || type === 'tag') unread.add(id);
  }
  return unread;
}

/** What an object is, asked into a repository that is thrown away. `missing`: the server says that it has none. */
export async function typeAtServer(
  id: string,
  deps: RepositoryDeps,
  signal?: AbortSignal,
): Promise<string | GitFailure> {
  const probe = await mkdtemp(join(deps.directory, 'probe-'));
  try {
    const path = join(probe, 'probe.git');
    const made = await prepareBare(deps.git, path, probe, signal);
    if (isFailure(made)) return made;
    // The object itself and what stands directly in it: without the root no tree is sent at all.
    const args = [...FETCH, '--depth=1', '--filter=tree:1', '--end-of-options', deps.url, id];
    const failure = await fetchWithTries({ args }, path, deps, signal);
    // A server that gives nothing by id has shown all that it gives with its refs.
    if (failure?.failure === 'not-there' || failure?.failure === 'refused') return 'missing';
    if (failure) return failure;
    const types = await typesOf(deps.git, path, [id], signal);
    return isFailure(types) ? types : (types.get(id) ?? 'missing');
  } finally {
    await removeTree(probe);
  }
}

/** The ids of which everything is here already. */
export async function keptTips(
  path: string,
  { git }: RepositoryDeps,
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const call = { cwd: path, outputLimit: 64 * 1024 * 1024, ...(signal ? { signal } : {}) };
  const list = await git.run(['for-each-ref', '--format=%(refname:lstrip=2)', TIPS], call);
  return new Set(succeeded(list) ? list.stdout.split('\n').filter((id) => id !== '') : []);
}
