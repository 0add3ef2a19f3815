import { readdir, readFile } from 'node:fs/promises';
import { isOurs } from '../../domain/errors.ts';
import { askedAgain } from '../../platform/asked-again.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Exec, ProcessResult } from '../../platform/exec.ts';
import { apartAsRootArgv, type BuildUser } from './build-env.ts';

export interface LeftoverDeps {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly user: BuildUser;
  readonly env: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 60_000;
/** A container that just ends by itself has no monitor for a moment either. */
const SECOND_LISTING_MS = 500;

/**
 * Removes the records of containers that died with a build's namespaces: podman believes that they run, but nothing
 * does. A container is one of these if its record is younger than the build and its monitor (conmon) is nowhere on
 * this machine, twice. Containers of others, and of builds that still run, have theirs. One that had ended, or never
 * ran, is known by what it was given of the `workspaces` of builds that are over. One that was just being removed tells
 * nothing more of itself; if it is still so at the second look, its removal is brought to its end, whoever wanted it.
 * One that podman had not recorded yet (`podman ps --external`) stays: its name, image and time tell nothing of whose it
 * is, and another program's containers in the same storage look the same while they run. It is empty. Gives the
 * number of those that seemed to run and are the workspaces': whose the others were, nothing tells.
 * null: what there is could not be listed, so that nothing was removed.
 */
export async function removeDeadContainers(
  since: number,
  deps: LeftoverDeps,
  workspaces: readonly string[],
): Promise<number | null> {
  const young = await youngContainers(since, deps);
  if (young === null) return null;
  const [given, first] = await Promise.all([givenOf(workspaces, young, deps), abandoned(young, deps)]);
  if (given === null || first === null) return null;
  let second: Abandoned | null = first;
  if (first.running.length + first.removing.length > 0) {
    await deps.clock.sleep(SECOND_LISTING_MS);
    const later = await youngContainers(since, deps);
    second = later && (await abandoned(later, deps));
  }
  if (second === null) return null;
  const { running: stillRunning, removing: stillRemoving } = second;
  const running = first.running.filter((id) => stillRunning.includes(id));
  const removing = first.removing.filter((id) => stillRemoving.includes(id));
  const dead = new Set([...given, ...running, ...removing]);
  // The record names process numbers of a namespace that is gone: on this machine they are somebody else's.
  const argv = apartAsRootArgv(deps.user, ['podman', 'rm', '--force', '--time', '0', '--']);
  for (const id of dead) {
    // Podman may first have to notice that nothing runs, fail over that, and remove the record the second time.
    for (let tries = 0; tries < 3 && (await outputOf([...argv, id], deps)) === null; tries += 1);
  }
  return running.filter((id) => given.includes(id)).length;
}

interface Container {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly state: string;
}

interface Abandoned {
  /** Without a monitor. */
  readonly running: readonly string[];
  readonly removing: readonly string[];
}

async function abandoned(young: readonly Container[], { clock }: LeftoverDeps): Promise<Abandoned | null> {
  const inState = (wanted: string): string[] => young.filter(({ state }) => state === wanted).map(({ id }) => id);
  const [running, removing] = [inState('running'), inState('removing')];
  if (running.length === 0) return { running, removing };
  const monitored = await askedAgain(monitoredContainers, clock);
  return monitored && { running: running.filter((id) => !monitored.has(id)), removing };
}

/** Those that were given something of the workspaces, in whatever state they are; null: one of them does not tell. */
async function givenOf(
  workspaces: readonly string[],
  young: readonly Container[],
  deps: LeftoverDeps,
): Promise<string[] | null> {
  if (workspaces.length === 0) return [];
  const found: string[] = [];
  for (const { id } of young.filter(({ state }) => state !== 'removing')) {
    const mounts = await askedAgain(() => mountsOf(id, deps), deps.clock);
    if (mounts === null) return null;
    if (workspaces.some((path) => mounts.includes(`"${path}/`))) found.push(id);
  }
  return found;
}

/** Nothing of one that went away meanwhile. */
async function mountsOf(id: string, deps: LeftoverDeps): Promise<string | null> {
  const mounts = await outputOf(asRoot(['podman', 'inspect', '--format', '{{json .Mounts}}', id], deps), deps);
  if (mounts !== null) return mounts;
  const { cause, exitCode } = await run(asRoot(['podman', 'container', 'exists', id], deps), deps);
  return cause === 'exited' && exitCode === 1 ? '' : null;
}

/** One listing for all states: each costs as long as starting podman does. */
async function youngContainers(since: number, deps: LeftoverDeps): Promise<Container[] | null> {
  const argv = asRoot(['podman', 'ps', '--all', '--no-trunc', '--format', 'json'], deps);
  // One container of anybody's that ends meanwhile fails the listing, and an empty one would leave a dead build's.
  const listed = await askedAgain(async () => containersOf(await outputOf(argv, deps)), deps.clock);
  return listed && listed.filter(({ created }) => created >= Math.floor(since / 1000));
}

function asRoot(podman: readonly string[], { user }: LeftoverDeps): readonly string[] {
  return user.uid === 0 ? podman : ['sudo', '-n', '--', ...podman];
}

/** null: that is no list. */
function containersOf(json: string | null): Container[] | null {
  let list: unknown;
  try {
    list = JSON.parse(json ?? '');
  } catch {
    return null;
  }
  if (!Array.isArray(list)) return null;
  return list.flatMap((entry: unknown) => {
    const { Id: id, Created: created, State: state } = entry as { Id?: unknown; Created?: unknown; State?: unknown };
    const known = typeof id === 'string' && /^[0-9a-f]{64}$/.test(id) && typeof created === 'number';
    return known ? [{ id, created, state: String(state) }] : [];
  });
}

/**
 * Containers whose conmon lives, in whatever namespace: from outside, all of them can be seen. null: not all processes
 * can be looked at, so that one may live unseen.
 */
async function monitoredContainers(): Promise<Set<string> | null> {
  try {
    const entries = (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry));
    // Where others' processes are hidden from us (hidepid), the first one is too.
    if (!entries.includes('1')) return null;
    const found = new Set<string>();
    for (const entry of entries) {
      const words = (await readFile(`/proc/${entry}/cmdline`, 'latin1').catch(nothingWhereGone)).split('\0');
      const id = words[words.indexOf('-c') + 1];
      if (id !== undefined && /^[0-9a-f]{64}$/.test(id)) found.add(id);
    }
    return found;
  } catch (thrown) {
    if (isOurs(thrown)) return null;
    throw thrown;
  }
}

function nothingWhereGone(thrown: unknown): string {
  if (isOurs(thrown)) throw thrown;
  return '';
}

async function outputOf(argv: readonly string[], deps: LeftoverDeps): Promise<string | null> {
  const { cause, exitCode, stdout } = await run(argv, deps);
  return cause === 'exited' && exitCode === 0 ? stdout : null;
}

function run(argv: readonly string[], deps: LeftoverDeps): Promise<ProcessResult> {
  const [program, ...rest] = argv;
  return deps.exec.run({
    argv: [program ?? 'podman', ...rest],
    cwd: '/',
    env: deps.env,
    outputLimit: 4 * 1024 * 1024,
    timeoutMs: TIMEOUT_MS,
    killAfterMs: 2_000,
    lifeline: true,
  });
}
