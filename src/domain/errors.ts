/** What went wrong, as far as the reaction to it differs. The kind decides whether to try again. */
export type ErrorKind =
  | 'transport' // no answer, a broken one, or a server's own trouble
  | 'rejected' // the other side, or our own rules for addresses, said no
  | 'untrusted' // a signature, certificate or freshness test failed
  | 'malformed' // an answer that cannot be read
  | 'limit' // more bytes, time, pages or redirects than we allow
  | 'input' // the user's or the operator's mistake
  | 'storage' // our own disk or database is full, read-only, failing or locked by somebody
  | 'host' // a part of this installation, or of this machine, cannot be used
  | 'bug';

/** The one error class of the program. `code` is specific and unique; `cause` keeps what was caught. */
export class WatchError extends Error {
  override readonly name = 'WatchError';
  readonly kind: ErrorKind;
  /** kebab-case, stable: tests and logs use it. */
  readonly code: string;
  /** Seconds that the other side asked us to wait before the next try. */
  readonly retryAfter: number | undefined;

  constructor(kind: ErrorKind, code: string, message: string, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.kind = kind;
    this.code = code;
    this.retryAfter = options.retryAfter;
  }
}

/** Any thrown value as a WatchError; what we did not throw ourselves, nor a disk or database that takes nothing, is a bug. */
export function asWatchError(thrown: unknown): WatchError {
  if (thrown instanceof WatchError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (UNLOADED.has(codeOf(thrown) ?? '')) {
    return new WatchError('host', 'part-not-loaded', `${UNLOADED_SENTENCE} (${message.split('\n', 1)[0] ?? ''})`, {
      cause: thrown,
    });
  }
  const exhausted = EXHAUSTED.get(codeOf(thrown) ?? '');
  if (exhausted) return new WatchError('host', exhausted.code, `${exhausted.sentence} (${message})`, { cause: thrown });
  const trouble = storageFailure(thrown);
  if (trouble === null) return new WatchError('bug', 'unexpected', message, { cause: thrown });
  return new WatchError('storage', trouble.code, `${trouble.sentence} (${message})`, { cause: thrown });
}

/**
 * Whether it can only be a mistake of ours: the engine's own complaint, raised in a file of this program and in no library
 * that was reading strangers' bytes.
 */
export function isOwnBug(thrown: unknown): boolean {
  if (thrown instanceof WatchError) return thrown.kind === 'bug';
  if (!(thrown instanceof TypeError || thrown instanceof ReferenceError)) return false;
  const raisedAt = thrown.stack?.split('\n').find((line) => /^ +at /.test(line) && !/\(?<anonymous>\)?$/.test(line));
  return raisedAt !== undefined && /\/(?:src|dist)\//.test(raisedAt) && !raisedAt.includes('/node_modules/');
}

/** What befalls this machine, its permissions or its disk, or is a mistake of ours: it says nothing about what was to be read. */
export function isOurs(thrown: unknown): boolean {
  const { kind } = asWatchError(thrown);
  return kind === 'host' || kind === 'storage' || isOwnBug(thrown);
}

/** For a `catch` over work on strangers' bytes: what is our own goes on. */
export function throwOurs(thrown: unknown): void {
  if (isOurs(thrown)) throw thrown;
}

/** What Node says where a library is not there, or its native part is not for this machine. */
const UNLOADED = new Set(['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED']);
const UNLOADED_SENTENCE = 'Part of this installation cannot be loaded: reinstall the program.';

/** errno(3) of what a machine runs out of, or does not let us do. */
const OPEN_FILES = { code: 'too-many-open-files', sentence: 'Too many files are open on this machine.' };
const MEMORY = { code: 'out-of-memory', sentence: 'This machine has no memory or processes left.' };
const PERMISSION = {
  code: 'not-permitted',
  sentence: 'This user does not have permission to do that on this machine.',
};
const EXHAUSTED: ReadonlyMap<string, typeof MEMORY> = new Map([
  ['EMFILE', OPEN_FILES],
  ['ENFILE', OPEN_FILES],
  ['ENOMEM', MEMORY],
  ['EAGAIN', MEMORY],
  ['EACCES', PERMISSION],
  ['EPERM', PERMISSION],
]);

const FULL = { code: 'storage-full', sentence: 'The disk or the database is full: free some space.' };
const READ_ONLY = { code: 'storage-read-only', sentence: 'The disk or the database cannot be written to.' };
const FAILING = { code: 'storage-failing', sentence: 'The disk is failing.' };
const LOCKED = { code: 'storage-locked', sentence: 'Another program keeps the database locked: stop that program.' };

/** @see https://www.sqlite.org/rescode.html and errno(3): what passes, or is mended, without any change of ours. */
const STORAGE: readonly (readonly [begins: string, trouble: typeof FULL])[] = [
  ['SQLITE_FULL', FULL],
  // What is out of room is the index of the write-ahead log.
  ['SQLITE_IOERR_SHMSIZE', FULL],
  ['SQLITE_IOERR', FAILING],
  ['SQLITE_READONLY', READ_ONLY],
  ['SQLITE_CANTOPEN', READ_ONLY],
  ['SQLITE_BUSY', LOCKED],
  ['ENOSPC', FULL],
  ['EDQUOT', FULL],
  ['EROFS', READ_ONLY],
  ['EIO', FAILING],
];

function storageFailure(thrown: unknown): typeof FULL | null {
  const code = codeOf(thrown);
  if (code === null) return null;
  return STORAGE.find(([begins]) => code === begins || code.startsWith(`${begins}_`))?.[1] ?? null;
}

function codeOf(thrown: unknown): string | null {
  const code: unknown = thrown instanceof Error && 'code' in thrown ? thrown.code : null;
  return typeof code === 'string' ? code : null;
}

/** Makes a `switch` over a closed union exhaustive at compile time. */
export function unreachable(value: never): never {
  throw new WatchError('bug', 'unreachable-case', `unexpected value ${String(value)}`);
}
