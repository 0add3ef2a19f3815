import { spawn } from 'node:child_process';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { imageOutput } from '../../../src/verify/build/outputs.ts';
import { isLong } from '../../support/seeded.ts';
import { GUESTOS, sha } from './fixture-builder.ts';

const LOOKS = isLong ? 20_000 : 400;
let root: string;
let area: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'nns-watch-swap-'));
  area = join(root, 'area');
  mkdirSync(join(area, 'source', GUESTOS, '..'), { recursive: true });
  mkdirSync(join(root, 'elsewhere', 'guestos', 'update'), { recursive: true });
  for (const path of ['published', 'elsewhere/guestos/update/update-img.tar.zst']) {
    writeFileSync(join(root, path), 'published');
  }
});
// What swaps was told to end, and may still be at it.
afterEach(() => rmSync(root, { recursive: true, maxRetries: 5 }));

/** Each puts, in turn and by one rename, the built file and something that leads to the published one. */
it.each<[string, string]>([
  ['a symbolic link', 'ln -sfn $root/published other'],
  ['a second name of it', 'ln -f $root/published other'],
  ['a named pipe', 'rm -f other; mkfifo other'],
  ['a directory', 'rm -rf other; mkdir other; rm -rf "$place"'],
])(
  'an output that is swapped for %s while it is hashed is never taken for it',
  async (_, make) => {
    const swapper = `cd "$root"; i=0
while [ $i -lt 100000 ]; do i=$((i + 1))
  printf built > mine; rm -rf "$place"; mv -T mine "$place"; ${make}; mv -T other "$place"
done 2>/dev/null`;
    await race(swapper, join(area, 'source', GUESTOS));
  },
  120_000,
);

it('a directory that is swapped for a link to another is never followed', async () => {
  writeFileSync(join(area, 'source', GUESTOS), 'built');
  const swapper = `cd "$place"; i=0
while [ $i -lt 100000 ]; do i=$((i + 1))
  mv -T icos aside; ln -sfn "$root/elsewhere" icos; rm icos; mv -T aside icos
done 2>/dev/null`;
  await race(swapper, join(area, 'source', 'artifacts'));
}, 120_000);

it('a file with a second name outside is not taken, whatever it holds', async () => {
  linkSync(join(root, 'published'), join(area, 'source', GUESTOS));
  const look = await imageOutput('guestos', { area, source: 'build', now: () => 0 });
  expect(look).toMatchObject({
    status: 'unavailable',
    detail: expect.stringContaining('several hard links') as string,
  });
});

async function race(swapper: string, place: string): Promise<void> {
  const child = spawn('bash', ['-c', swapper], { env: { ...process.env, root, place }, stdio: 'ignore' });
  const ended = new Promise((done) => child.on('exit', done));
  const found = new Map<string, number>();
  try {
    for (let looks = 0; looks < LOOKS; looks += 1) {
      const look = await imageOutput('guestos', { area, source: 'build', now: () => 0 });
      const what = look.status === 'observed' ? look.value.sha256 : 'nothing';
      found.set(what, (found.get(what) ?? 0) + 1);
    }
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
  expect([...found.keys()].filter((what) => ![sha('built'), sha(''), 'nothing'].includes(what))).toEqual([]);
  // Both must have been seen, or nothing was raced.
  expect([found.has(sha('built')), found.has('nothing')]).toEqual([true, true]);
}
