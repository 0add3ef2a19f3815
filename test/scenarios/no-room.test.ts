import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { root } from '../support/program.ts';

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'nns-watch-no-room-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** Two starts on a disk of its own that became full after a stop; the room for the note is taken by then. */
const SCRIPT = `
mount -t tmpfs -o size=8m,mode=700 tmpfs "$1"
export NNS_WATCH_DATA_DIR=$1/data
"$2" migrate >"$3/migrated" && printf '%4096s' '' >"$1/data/storage-trouble"
cat /dev/zero >"$1/ballast" 2>/dev/null
for start in 1 2; do
  "$2" watch --no-builder >"$3/told-$start" 2>"$3/said-$start"
  echo $? >"$3/code-$start"
done`;

it('a service that cannot start, since the disk is full, says so once where it tells', async () => {
  const disk = join(scratch, 'disk');
  await mkdir(disk);
  const whose = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const argv = ['sh', '-c', SCRIPT, 'sh', disk, resolve(root, 'bin/nns-watch'), scratch];
  const env = { PATH: process.env['PATH'] ?? '', HOME: scratch, NNS_WATCH_CACHE_DIR: join(scratch, 'cache') };
  await promisify(execFile)('unshare', [...whose, '--mount', '--', ...argv], { env, timeout: 60_000 });
  const file = (name: string): Promise<string> => readFile(join(scratch, name), 'utf8');
  for (const start of [1, 2]) {
    expect(await file(`code-${start}`)).toBe('3\n');
    expect(await file(`said-${start}`)).toContain('✖ The disk or the database is full: free some space.');
  }
  expect(await file('told-1')).toContain('Trouble: the service does not run. The disk or the database is full');
  expect(await file('told-2')).toBe('');
});
