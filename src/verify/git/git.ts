import type { Clock } from '../../platform/clock.ts';
import type { Exec, ProcessResult } from '../../platform/exec.ts';
import { gitEnvironment, gitOptions } from './git-env.ts';
import type { RootsFile } from './roots-file.ts';

export interface GitDeps {
  readonly exec: Exec;
  readonly clock: Clock;
  /** Our own environment, of which git gets PATH and the proxies. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly rootsFile: RootsFile;
  readonly stallTimeoutMs: number;
  /** Transports to the official repository. Default: https only. */
  readonly protocols?: readonly string[];
  /** Most bytes of one transfer from the official repository, as it lies on disk. */
  readonly packBytes?: number;
}

export interface GitCall {
  readonly cwd: string;
  /** `remote`: the official repository. `cache`: our own cache, by file. None: no transport works at all. */
  readonly reach?: 'remote' | 'cache';
  /** Held for as long as the call lasts: one writer at a time, over all processes. */
  readonly lock?: string;
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  readonly outputLimit?: number;
  /** What it makes is for everybody to read, whatever our own mask is: as in a clone of anybody's. */
  readonly publicModes?: boolean;
  /** Most milliseconds of a call that reaches the official repository. */
  readonly timeoutMs?: number;
}

export interface Git {
  run: (args: readonly string[], call: GitCall) => Promise<ProcessResult>;
}

/** What flock answers where somebody else holds the lock; git itself never does. */
const LOCKED = 75;
const LOCK_POLL_MS = 250;
const LOCK_WAIT_MS = 30 * 60_000;
/** A mask belongs to a process; the shell gives its place to what it starts. */
const PUBLIC_MODES = ['sh', '-c', 'umask 022; exec "$@"', 'sh'];
/** Some hundred megabytes are honest: a commit with its tree, or all refs with their history and without trees. */
const PACK_BYTES = 2 * 1024 ** 3;
/**
 * No file may grow beyond that many blocks of 512 bytes; past it writing fails, which git says. What an earlier transfer
 * left half written is nobody's, since whoever transfers holds the lock.
 */
const BOUNDED = 'trap "" XFSZ; ulimit -f "$1" 2>/dev/null || :; shift; rm -f objects/pack/tmp_* 2>/dev/null; exec "$@"';
/** One file for each transfer, however few objects it has. */
const ONE_FILE = ['-c', 'fetch.unpackLimit=1'];
/** Calls that transfer nothing. */
const LOCAL_TIMEOUT_MS = 15 * 60_000;
/** A server that sends a byte now and then makes progress: git's own rules would let it do so for ever. */
const REMOTE_TIMEOUT_MS = 6 * 3_600_000;

/** Git, the same on every machine: the only configuration is what stands on its command line. */
export function createGit(deps: GitDeps): Git {
  const { exec, clock, stallTimeoutMs } = deps;
  return {
    run: async (args, call) => {
      const protocols = { remote: deps.protocols ?? ['https'], cache: ['file'], none: [] }[call.reach ?? 'none'];
      const stallSeconds = Math.max(1, Math.round(stallTimeoutMs / 1000));
      const flock = call.lock ? ['flock', '--nonblock', '--conflict-exit-code', String(LOCKED), call.lock] : [];
      const masked = call.publicModes ? PUBLIC_MODES : [];
      const blocks = String(Math.ceil((deps.packBytes ?? PACK_BYTES) / 512));
      const transfers = call.reach === 'remote' && call.lock !== undefined;
      const bounded = transfers ? ['sh', '-c', BOUNDED, 'sh', blocks] : [];
      const options = [...gitOptions({ protocols, stallSeconds }), ...(transfers ? ONE_FILE : [])];
      const [program, ...rest] = [...masked, ...flock, ...bounded, 'git', ...options, ...args];
      const env = { ...gitEnvironment(deps.env, await deps.rootsFile()), ...call.env };
      const until = clock.now() + LOCK_WAIT_MS;
      for (;;) {
        const result = await exec.run({
          argv: [program ?? 'git', ...rest],
          cwd: call.cwd,
          env,
          outputLimit: call.outputLimit ?? 4 * 1024 * 1024,
          killAfterMs: 2_000,
          ...(call.stdin === undefined ? {} : { stdin: call.stdin }),
          ...(call.signal ? { signal: call.signal } : {}),
          // Beside curl's own rule, since that one does not watch connecting. Git shows progress at every step.
          ...(call.reach === 'remote' ? { stallMs: stallTimeoutMs + 5_000 } : {}),
          timeoutMs: call.timeoutMs ?? (call.reach === 'remote' ? REMOTE_TIMEOUT_MS : LOCAL_TIMEOUT_MS),
        });
        if (!call.lock || result.exitCode !== LOCKED || clock.now() > until) return result;
        await clock.sleep(LOCK_POLL_MS, call.signal);
      }
    },
  };
}

export function succeeded(result: ProcessResult): boolean {
  return result.cause === 'exited' && result.exitCode === 0;
}

/**
 * Why a call that talks to the official repository failed. `unfit`: this machine has no room, no permission or no git for
 * it. `local`: our own copy is to blame, or nothing known.
 */
export type FetchFailure =
  'cancelled' | 'not-there' | 'refused' | 'unreachable' | 'too-large' | 'storage' | 'unfit' | 'local';

const NOT_THERE = /^(?:fatal|error): .*(?:not our ref|couldn't find remote ref)/m;
const TOO_LARGE = /^(?:fatal|error): .*File too large/m;
/** Git breaks a transfer off over it in the same words as over a server that hangs up. */
const DISK_FULL = /^(?:fatal|error): .*(?:No space left on device|Disk quota exceeded)/m;
const REFUSED = /^(?:fatal|error): .*does not allow request for unadvertised object/m;
/** strerror(3), in a line of git's own: what the server says begins with `remote:`, what curl says with the address. */
const UNFIT =
  /^(?:fatal|error|warning): (?!unable to access 'http).*(?:Read-only file system|Permission denied|Too many open files|Cannot allocate memory|Input\/output error)/m;
const UNREACHABLE =
  /unable to access|could not resolve|repository .* not found|early EOF|RPC failed|hung up|unexpected disconnect|connection|timed out|could not read from remote|authentication failed|could not read Username|not valid: is this a git repository|dumb http|expected flush|protocol error|bad line length|bad pack header|inflate|index-pack failed|invalid index-pack output/i;

/**
 * Git ends with 128 for everything, so its words decide (LC_ALL=C). "Not there" only where the server itself said so:
 * a server out of reach never makes a commit missing.
 */
export function fetchFailure(result: ProcessResult): FetchFailure {
  if (result.cause === 'cancelled') return 'cancelled';
  if (result.cause === 'timed-out' || result.cause === 'stalled') return 'unreachable';
  // One that somebody kills was the kernel's choice where memory ran out, as a rule.
  if (result.cause === 'not-started' || result.signal === 'SIGKILL') return 'unfit';
  if (result.cause !== 'exited') return 'local';
  if (TOO_LARGE.test(result.stderr)) return 'too-large';
  if (DISK_FULL.test(result.stderr)) return 'storage';
  if (UNFIT.test(result.stderr)) return 'unfit';
  if (NOT_THERE.test(result.stderr)) return 'not-there';
  // Objects that break git's rules are no trouble of the way.
  if (/fsck error/.test(result.stderr)) return 'local';
  if (REFUSED.test(result.stderr)) return 'refused';
  return UNREACHABLE.test(result.stderr) ? 'unreachable' : 'local';
}

/** The line of git's words that says most, for people. */
export function gitWords(result: ProcessResult): string {
  if (result.cause === 'stalled') return 'no progress for too long';
  if (result.cause === 'timed-out') return 'timed out: it took too long in all';
  if (fetchFailure(result) === 'too-large') return 'it sent more than a commit with its whole history can be';
  if (result.cause !== 'exited') return result.startError ?? `git ${result.cause}`;
  const lines = result.stderr.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  const words = lines.find((line) => /^(fatal|error):/.test(line)) ?? lines.at(-1);
  return (words ?? `git ended with exit ${result.exitCode}`).slice(0, 300);
}
