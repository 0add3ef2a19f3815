import { describe, expect, it } from 'vitest';
import { asWatchError, WatchError } from '../../src/domain/errors.ts';

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

  it.each(['SQLITE_CONSTRAINT', 'SQLITE_FULLER', 'ENOENT', 5, null])(
    'is a bug where nobody expected it (%s)',
    (code) => {
      expect(asWatchError(thrownWith(code))).toMatchObject({ kind: 'bug', code: 'unexpected', message: 'no luck' });
    },
  );

  it('by ourselves stays what it is', () => {
    const ours = new WatchError('rejected', 'x', 'no', { cause: thrownWith('ENOSPC') });
    expect(asWatchError(ours)).toBe(ours);
    expect(asWatchError('text')).toMatchObject({ kind: 'bug', message: 'text' });
  });
});
