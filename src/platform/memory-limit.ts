import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** One place where control groups that can limit memory are mounted. */
interface Mount {
  readonly version: 1 | 2;
  /** Group that is seen at `path`: in a container not the topmost. */
  readonly root: string;
  readonly path: string;
}

const FILES = { 1: ['memory.limit_in_bytes'], 2: ['memory.max', 'memory.high'] } as const;
/** What the first generation says where there is no limit is some bytes short of 2^63. */
const NO_LIMIT = 0x1000_0000_0000_0000;

/**
 * Bytes of memory that a process may use by the control groups that it is in, the nearest and all above; null: no
 * limit. `/proc/meminfo` and os.totalmem() know nothing of these. `also`: further groups of the same machine.
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files cgroups(7), proc_pid_mountinfo(5)
 */
export function memoryLimit(proc = '/proc/self', also: readonly string[] = []): number | null {
  const groups = groupsOf(textOf(join(proc, 'cgroup')));
  const limits = mountsOf(textOf(join(proc, 'mountinfo'))).flatMap((mount) => {
    const own = groups.filter(({ version }) => version === mount.version).map(({ path }) => path);
    return [...own, ...also].flatMap((group) => limitsAlong(mount, group));
  });
  return limits.length === 0 ? null : Math.min(...limits);
}

function groupsOf(text: string): Omit<Mount, 'root'>[] {
  return text.split('\n').flatMap((line): Omit<Mount, 'root'>[] => {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) return [];
    if (controllers === '') return [{ version: 2, path }];
    return controllers.split(',').includes('memory') ? [{ version: 1, path }] : [];
  });
}

function mountsOf(text: string): Mount[] {
  return text.split('\n').flatMap((line): Mount[] => {
    const [place, kind] = line.split(' - ').map((half) => half.split(' '));
    const [root, path] = [plain(place?.[3]), plain(place?.[4])];
    const [type, , options = ''] = kind ?? [];
    if (type === 'cgroup2') return [{ version: 2, root, path }];
    return type === 'cgroup' && options.split(',').includes('memory') ? [{ version: 1, root, path }] : [];
  });
}

/** Limits of a group and of all above it, as far up as can be seen. */
function limitsAlong({ version, root, path }: Mount, group: string): number[] {
  const below = relative(root, group);
  // Not to be seen from here, as the group of a container whose mount shows another part: what is on top counts.
  const names = below === '' || below.startsWith('..') ? [] : below.split('/');
  const directories = [path, ...names.map((_, index) => join(path, ...names.slice(0, index + 1)))];
  return directories.flatMap((directory) => FILES[version].flatMap((file) => limitIn(join(directory, file))));
}

function limitIn(file: string): number[] {
  const text = textOf(file).trim();
  const bytes = /^\d+$/.test(text) ? Number(text) : NO_LIMIT;
  return bytes < NO_LIMIT ? [bytes] : [];
}

/** Blanks in paths are written as `\040`. */
function plain(path = '/'): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}

/** A group may end while it is looked at, and not every system has any: then nothing there limits us. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
