import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { keepOutput } from '../../../src/verify/build/retained-outputs.ts';

let root: string;
/** On another file system, where nothing can be moved to. */
let elsewhere: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nns-watch-kept-'));
  elsewhere = mkdtempSync('/dev/shm/nns-watch-kept-');
  mkdirSync(join(root, 'area'));
  writeFileSync(join(root, 'area/image'), 'built', { mode: 0o644 });
});
afterEach(() => {
  for (const path of [root, elsewhere]) rmSync(path, { recursive: true });
});

it('an output that can be moved is not copied', async () => {
  const { ino } = statSync(join(root, 'area/image'));
  expect(await keepOutput(join(root, 'area'), 'image', join(root, 'kept/1/image'))).toBe(true);
  expect(statSync(join(root, 'kept/1/image')).ino).toBe(ino);
  expect(existsSync(join(root, 'area/image'))).toBe(false);
});

it('an output that cannot be moved is copied, for us only', async () => {
  const target = join(elsewhere, 'kept/image');
  expect(await keepOutput(join(root, 'area'), 'image', target)).toBe(true);
  expect(readFileSync(target, 'utf8')).toBe('built');
  expect(statSync(target).mode & 0o7777).toBe(0o600);
});

it('what is no regular file is not copied, and nothing is left of the trying', async () => {
  writeFileSync(join(root, 'secret'), 'secret');
  rmSync(join(root, 'area/image'));
  mkdirSync(join(root, 'area/real'));
  writeFileSync(join(root, 'area/real/image'), 'built');
  symlinkSync('real', join(root, 'area/linked'));
  const target = join(elsewhere, 'kept/image');
  expect(await keepOutput(join(root, 'area'), 'linked/image', target)).toBe(false);
  expect(await keepOutput(join(root, 'area'), 'image', target)).toBe(false);
  expect(existsSync(target)).toBe(false);
});
