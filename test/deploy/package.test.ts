import { execFile, type ExecFileException } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../support/program.ts';
import { pack, unpack } from './packed.ts';

const run = promisify(execFile);
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
let scratch: string;
let archive: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'nns-watch-pack-'));
  archive = await pack(scratch);
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

describe('npm pack', () => {
  it('packs what the program and its operator need, and nothing else', async () => {
    const { stdout } = await run('tar', ['-tf', archive]);
    const names = stdout.trim().split('\n');
    for (const needed of [
      ...[
        'bin/nns-watch',
        'dist/bundle/main.js',
        'dist/bundle/decode-worker.js',
        'dist/bundle/image-worker.js',
        'migrations/0002-service.sql',
      ],
      ...['.env.example', 'docs/operations.md', 'docs/trust.md', 'README.md', 'SECURITY.md', 'CHANGELOG.md', 'LICENSE'],
    ]) {
      expect(names).toContain(`package/${needed}`);
    }
    expect(
      names.filter((name) => /\.map$|\.ts$|^package\/(test|simnet|src|node_modules|data|script)\//.test(name)),
    ).toEqual([]);
  });

  it('runs where it was unpacked, under whatever name it is linked', async () => {
    const unpacked = await unpack(archive, join(scratch, 'runs'));
    await run('ln', ['-s', join(unpacked, 'bin/nns-watch'), join(scratch, 'linked')]);
    const { stdout } = await run(join(scratch, 'linked'), ['--version'], { env: { PATH: '/usr/bin:/bin' } });
    expect(stdout).toBe(`${manifest.version}\n`);
  });

  it('says which Node.js it needs where only an older one is there, and ends with 2', async () => {
    const unpacked = await unpack(archive, join(scratch, 'old'));
    await rm(join(unpacked, 'node_modules'));
    await writeFile(join(scratch, 'node'), '#!/bin/sh\necho v22.21.9\n');
    await chmod(join(scratch, 'node'), 0o755);
    const env = { PATH: `${scratch}:/usr/bin:/bin` };
    const failed = await run(join(unpacked, 'bin/nns-watch'), ['--version'], { env }).catch(
      (error: unknown) => error as ExecFileException,
    );
    expect(failed).toMatchObject({ code: 2, stdout: '' });
    expect(failed.stderr).toContain('needs Node.js 22.22 or newer; found v22.21.9');
  });
});
