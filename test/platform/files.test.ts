import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  freeBytes,
  hashFile,
  openRegularFile,
  readFile,
  removeTree,
  writeFileAtomic,
} from '../../src/platform/files.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nns-watch-files-'));
  mkdirSync(join(root, 'area/out'), { recursive: true });
  writeFileSync(join(root, 'outside'), 'outside');
  writeFileSync(join(root, 'area/out/file'), 'inside');
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const open = (path: string) => openRegularFile(join(root, 'area'), path);

describe('a file below a directory of ours', () => {
  it('is opened where it is a regular file', async () => {
    const file = await open('out/file');
    if (!file.opened) throw new Error(file.what);
    expect(file.bytes).toBe(6);
    expect((await readFile(file.handle, 100)).toString()).toBe('inside');
    const digest = createHash('sha256').update('inside').digest('hex');
    expect(await hashFile(file.handle, 100), 'from its start again').toEqual({ sha256: digest, bytes: 6 });
    await file.handle.close();
  });

  it.each([
    ['a symbolic link', 'out/link', () => symlinkSync('file', join(root, 'area/out/link'))],
    ['a symbolic link', 'out/link', () => symlinkSync('../../outside', join(root, 'area/out/link'))],
    ['a symbolic link', 'out/link', () => symlinkSync('/no/such/file', join(root, 'area/out/link'))],
    ['a directory', 'out', () => undefined],
    ['a named pipe', 'out/pipe', () => execFileSync('mkfifo', [join(root, 'area/out/pipe')])],
    ['a device', 'out/null', () => execFileSync('mknod', [join(root, 'area/out/null'), 'c', '1', '3'])],
    ['not there', 'out/none', () => undefined],
  ])('is not opened where it is %s: %s', async (what, path, make) => {
    make();
    expect(await open(path)).toEqual({ opened: false, path, what });
  });

  it('is not reached through a link in the middle, wherever that leads', async () => {
    symlinkSync('out', join(root, 'area/inner'));
    symlinkSync(root, join(root, 'area/outer'));
    expect(await open('inner/file')).toEqual({ opened: false, path: 'inner', what: 'a symbolic link' });
    expect(await open('outer/outside')).toMatchObject({ opened: false, path: 'outer' });
  });

  it('says which part of the path is missing', async () => {
    expect(await open('a/b/c')).toEqual({ opened: false, path: 'a', what: 'not there' });
    expect(await open('out/file/c')).toEqual({ opened: false, path: 'out/file', what: 'a regular file' });
  });

  it.each(['../outside', 'out/../file', '/etc/passwd', '', 'out//file', './out'])(
    'refuses the path %j',
    async (path) => {
      await expect(open(path)).rejects.toMatchObject({ code: 'path-not-plain' });
    },
  );

  it('leaves no descriptor open, whatever happens', async () => {
    symlinkSync('out', join(root, 'area/inner'));
    const count = (): number => readdirSync('/proc/self/fd').length;
    await open('inner/file');
    const before = count();
    for (let turn = 0; turn < 20; turn += 1) {
      await open('inner/file');
      await open('out/none');
      const file = await open('out/file');
      if (file.opened) await file.handle.close();
    }
    expect(count()).toBeLessThanOrEqual(before + 2);
  });

  it('is never read beyond the limit', async () => {
    writeFileSync(join(root, 'area/out/big'), Buffer.alloc(3 * 1024 * 1024, 7));
    const file = await open('out/big');
    if (!file.opened) throw new Error(file.what);
    await expect(hashFile(file.handle, 2 * 1024 * 1024)).rejects.toMatchObject({
      kind: 'limit',
      code: 'file-too-large',
    });
    expect((await hashFile(file.handle, 3 * 1024 * 1024)).bytes).toBe(3 * 1024 * 1024);
    await file.handle.close();
  });
});

describe('a file that is written', () => {
  it('is whole, private, and leaves nothing beside it', async () => {
    const path = join(root, 'new/deep/file');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, 'two');
    expect(readFileSync(path, 'utf8')).toBe('two');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(root, 'new/deep'))).toEqual(['file']);
  });

  it('leaves the old one where it fails', async () => {
    mkdirSync(join(root, 'taken/inside'), { recursive: true });
    await expect(writeFileAtomic(join(root, 'taken'), 'text')).rejects.toThrow();
    expect(readdirSync(root).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});

describe('a tree', () => {
  it('is removed, read-only directories and all, and nothing that links lead to', async () => {
    const tree = join(root, 'tree');
    mkdirSync(join(tree, 'a'), { recursive: true });
    writeFileSync(join(tree, 'a/file'), '');
    symlinkSync(join(root, 'area'), join(tree, 'link'));
    chmodSync(join(tree, 'a'), 0o500);
    expect(await removeTree(tree)).toBe(true);
    expect(await removeTree(tree), 'already gone').toBe(true);
    expect(readFileSync(join(root, 'area/out/file'), 'utf8')).toBe('inside');
  });

  it('is left to root where it is not ours', async () => {
    const tree = join(root, 'held');
    mkdirSync(tree);
    const asked: string[] = [];
    execFileSync('mount', ['-t', 'tmpfs', 'held', tree]);
    try {
      const gone = await removeTree(tree, (path) => Promise.resolve(asked.push(path)));
      expect([gone, asked]).toEqual([false, [tree]]);
    } finally {
      execFileSync('umount', [tree]);
    }
  });
});

it('knows how much may still be written', async () => {
  expect(await freeBytes(root)).toBeGreaterThan(1_000_000);
});
