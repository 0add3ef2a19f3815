import { readdir, readFile } from 'node:fs/promises';
import type { Clock } from '../../platform/clock.ts';
import type { Exec } from '../../platform/exec.ts';
import { apartAsRootArgv, type BuildUser } from './build-argv.ts';

export interface LeftoverDeps {
  readonly exec: Exec;
  readonly clock: Clock;
  readonly user: BuildUser;
  readonly env: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 60_000;
/** A container that just ends by itself has no monitor for a moment either. */
const SECOND_LOOK_MS = 500;

/**
 * Removes the records of containers that died with a build's namespaces: podman believes that they run, but nothing
 * does. A container is one of these if its record is younger than the build and its monitor (conmon) is nowhere on
 * this machine, twice. Containers of others, and of builds that still run, have theirs. One that had ended, or never
 * ran, is known by what it was given of the `workspaces` of builds that are over. One that was just being removed tells
 * nothing more of itself; if it is still so at the second look, its removal is brought to its end, whoever wanted it.
 * One that podman had not recorded yet (`podman ps --external`) stays: its name, image and time tell nothing of whose it
 * is, and another program's containers in the same storage look the same while they run. It is empty. Gives the number of those that seemed to run.
 */
export async function removeDeadContainers(
  since: number,
  deps: LeftoverDeps,
  workspaces: readonly string[],
): Promise<number> {
  const [given, first] = await Promise.all([
    workspaces.length === 0 ? [] : containersIn(workspaces, since, deps),
    look(since, deps),
  ]);
  if (first.running.length + first.removing.length > 0) await deps.clock.sleep(SECOND_LOOK_MS);
  const second = first.running.length + first.removing.length > 0 ? await look(since, deps) : first;
  const both = (state: keyof Look): string[] => first[state].filter((id) => second[state].includes(id));
  const running = both('running');
  const dead = new Set([...given, ...running, ...both('removing')]);
  // The record names process numbers of a namespace that is gone: on this machine they are somebody else's.
  const argv = apartAsRootArgv(deps.user, ['podman', 'rm', '--force', '--time', '0', '--']);
  for (const id of dead) {
    // Podman may first have to notice that nothing runs, fail over that, and remove the record the second time.
    for (let tries = 0; tries < 3 && (await run([...argv, id], deps)) === null; tries += 1);
  }
  return running.length;
}

interface Look {
  /** Without a monitor. */
  readonly running: readonly string[];
  readonly removing: readonly string[];
}

async function look(since: number, deps: LeftoverDeps): Promise<Look> {
  const [running, removing] = await Promise.all([
    deadContainers(since, deps),
    youngContainers(since, ['--all', '--filter', 'status=removing'], deps),
  ]);
  return { running, removing };
}

/** In whatever state they are. */
async function containersIn(workspaces: readonly string[], since: number, deps: LeftoverDeps): Promise<string[]> {
  const found: string[] = [];
  for (const id of await youngContainers(since, ['--all'], deps)) {
    // One of others may go away meanwhile.
    const looked = (await run(asRoot(['podman', 'inspect', '--format', '{{json .Mounts}}', id], deps), deps)) ?? '';
    if (workspaces.some((path) => looked.includes(`"${path}/`))) found.push(id);
  }
  return found;
}

async function deadContainers(since: number, deps: LeftoverDeps): Promise<string[]> {
  const young = await youngContainers(since, ['--filter', 'status=running'], deps);
  if (young.length === 0) return [];
  const monitored = await monitoredContainers();
  return young.filter((id) => !monitored.has(id));
}

async function youngContainers(since: number, which: readonly string[], deps: LeftoverDeps): Promise<string[]> {
  const listed = await run(asRoot(['podman', 'ps', '--no-trunc', ...which, '--format', 'json'], deps), deps);
  const young = containersOf(listed ?? '[]').filter(({ created }) => created >= Math.floor(since / 1000));
  return young.map(({ id }) => id);
}

function asRoot(podman: readonly string[], { user }: LeftoverDeps): readonly string[] {
  return user.uid === 0 ? podman : ['sudo', '-n', '--', ...podman];
}

function containersOf(json: string): { id: string; created: number }[] {
  let list: unknown;
  try {
    list = JSON.parse(json);
  } catch {
    return [];
  }
  return (Array.isArray(list) ? list : []).flatMap((entry: unknown) => {
    const { Id: id, Created: created } = entry as { Id?: unknown; Created?: unknown };
    return typeof id === 'string' && /^[0-9a-f]{64}$/.test(id) && typeof created === 'number' ? [{ id, created }] : [];
  });
}

/** Containers whose conmon lives, in whatever namespace: from outside, all of them can be seen. */
async function monitoredContainers(): Promise<Set<string>> {
  const found = new Set<string>();
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const words = (await readFile(`/proc/${entry}/cmdline`, 'latin1').catch(() => '')).split('\0');
    const id = words[words.indexOf('-c') + 1];
    if (id !== undefined && /^[0-9a-f]{64}$/.test(id)) found.add(id);
  }
  return found;
}

async function run(argv: readonly string[], deps: LeftoverDeps): Promise<string | null> {
  const [program, ...rest] = argv;
  const result = await deps.exec.run({
    argv: [program ?? 'podman', ...rest],
    cwd: '/',
    env: deps.env,
    outputLimit: 4 * 1024 * 1024,
    timeoutMs: TIMEOUT_MS,
    killAfterMs: 2_000,
    lifeline: true,
  });
  return result.cause === 'exited' && result.exitCode === 0 ? result.stdout : null;
}
