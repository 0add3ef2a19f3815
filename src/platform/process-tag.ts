import { readFileSync, readlinkSync } from 'node:fs';
import { throwOurs } from '../domain/errors.ts';

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

/** Clock ticks from boot to the start of a process: field 22. One that ended has none. */
function startOf(pid: number): string | undefined {
  // Who cannot look must not take a living process for one that ended.
  const fields = statFields(pid, throwOurs);
  // Whoever started it may not have asked yet how it ended, or never will.
  return ['Z', 'X'].includes(fields[0] ?? '') ? undefined : fields[19];
}

/** What /proc/<pid>/stat says from the third field on, see proc(5); nothing where there is no such process. */
function statFields(pid: number, failed: (thrown: unknown) => void = () => undefined): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name in parentheses and may itself contain both; the fields go on after it.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch (thrown) {
    failed(thrown);
    return [];
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

/** Clock ticks a second, as the kernel tells them to programs on every architecture that this one runs on. */
const TICKS = 100;

/** Milliseconds of processor time that a process has used: fields 14 and 15. null: it has ended. */
export function processorMs(pid: number | undefined): number | null {
  const [user, system] = (pid === undefined ? [] : statFields(pid)).slice(11, 13);
  return user === undefined || system === undefined ? null : ((Number(user) + Number(system)) * 1000) / TICKS;
}
