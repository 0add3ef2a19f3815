import { readFileSync, readlinkSync } from 'node:fs';

/** Marks files as in use: `<pid>-<start>`, with the start so that a later process of the same number is no owner. */
const PROCESS_TAG = /^(\d{1,10})-(\d{1,20})$/;

/** The tag of this process. */
export function ownTag(): string {
  return tagOf(process.pid);
}

/** The tag of a running process. */
export function tagOf(pid: number): string {
  return `${pid}-${startOf(pid) ?? '0'}`;
}

/** Whether the process that wrote the tag still runs on this machine. What is no tag has no owner. */
export function isAlive(tag: string): boolean {
  const [, pid, start] = PROCESS_TAG.exec(tag) ?? [];
  return pid !== undefined && startOf(Number(pid)) === start;
}

/** Clock ticks from boot to the start of a process: field 22 of /proc/<pid>/stat, see proc(5). One that ended has none. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses and may itself contain both; the fields go on after it.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // Whoever started it may not have asked yet how it ended, or never will.
    return ['Z', 'X'].includes(fields[0] ?? '') ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

/** This process among all that may share a database: the machine's start, its process namespace, the tag. */
export function ownIdentity(): string {
  return `${place()}:${ownTag()}`;
}

/** Whether it certainly ended: what ran elsewhere, or before the machine's last start, cannot be seen from here. */
export function hasEnded(identity: string): boolean {
  const at = identity.lastIndexOf(':');
  if (identity.startsWith('unknown')) return false;
  return at > 0 && identity.slice(0, at) === place() && !isAlive(identity.slice(at + 1));
}

function place(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
    return `${boot}:${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return 'unknown';
  }
}
