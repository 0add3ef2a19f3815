import { describe, expect, it } from 'vitest';
import { asWatchError, isOwnBug, throwOurs, WatchError } from '../../src/domain/errors.ts';

const thrownWith = (code: unknown): Error => Object.assign(new Error('no luck'), { code });

describe('what was thrown', () => {
  it.each([
    ['SQLITE_FULL', 'storage-full'],
    ['ENOSPC', 'storage-full'],
    ['EDQUOT', 'storage-full'],
    ['SQLITE_IOERR_SHMSIZE', 'storage-full'],
    ['SQLITE_IOERR_WRITE', 'storage-failing'],
    ['EIO', 'storage-failing'],
    ['SQLITE_READONLY_DBMOVED', 'storage-read-only'],
    ['SQLITE_CANTOPEN', 'storage-read-only'],
    ['EROFS', 'storage-read-only'],
    ['SQLITE_BUSY', 'storage-locked'],
    ['SQLITE_BUSY_SNAPSHOT', 'storage-locked'],
  ])('by a disk or database that takes nothing (%s) is no bug, and says what it is', (code, ours) => {
    const error = asWatchError(thrownWith(code));
    expect(error).toMatchObject({ kind: 'storage', code: ours });
    expect(error.message).toContain('no luck');
  });

  it.each([
    ['EMFILE', 'too-many-open-files'],
    ['ENFILE', 'too-many-open-files'],
    ['ENOMEM', 'out-of-memory'],
    ['EACCES', 'not-permitted'],
  ])('by a machine that has no more to give (%s) is this host’s fault', (code, ours) => {
    expect(asWatchError(thrownWith(code))).toMatchObject({ kind: 'host', code: ours });
    expect(() => throwOurs(thrownWith(code))).toThrow('no luck');
  });

  it.each(['SQLITE_CONSTRAINT', 'SQLITE_FULLER', 'ENOENT', 5, null])(
    'is a bug where nobody expected it (%s)',
    (code) => {
      expect(asWatchError(thrownWith(code))).toMatchObject({ kind: 'bug', code: 'unexpected', message: 'no luck' });
    },
  );

  it('is a mistake of ours only where a file of this program raised it', () => {
    const raised = (error: Error, ...frames: string[]): Error =>
      Object.assign(error, { stack: [`${error.name}: x`, ...frames.map((frame) => `    at ${frame}`)].join('\n') });
    const ours = 'read (file:///opt/nns-watch/dist/verify/x.js:1:2)';
    const library = 'decode (/opt/nns-watch/node_modules/candid/dist/idl.js:1:2)';
    expect(isOwnBug(raised(new TypeError('x'), ours))).toBe(true);
    expect(isOwnBug(raised(new ReferenceError('x'), 'Array.map (<anonymous>)', ours))).toBe(true);
    // Strangers' bytes can make a library, the runtime or a check of ours throw as well.
    expect(isOwnBug(raised(new TypeError('x'), library, ours))).toBe(false);
    expect(isOwnBug(raised(new TypeError('x'), 'new URL (node:internal/url:1:2)', ours))).toBe(false);
    expect(isOwnBug(raised(new Error('x'), ours))).toBe(false);
    expect(isOwnBug(new WatchError('malformed', 'x', 'x'))).toBe(false);
    throwOurs(raised(new TypeError('x'), library, ours));
    expect(() => throwOurs(raised(new TypeError('x'), ours))).toThrow('x');
  });

  it('by ourselves stays what it is', () => {
    const ours = new WatchError('rejected', 'x', 'no', { cause: thrownWith('ENOSPC') });
    expect(asWatchError(ours)).toBe(ours);
    expect(asWatchError('text')).toMatchObject({ kind: 'bug', message: 'text' });
  });
});
