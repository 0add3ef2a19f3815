import { execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Config } from '../../src/operator/config.ts';
import { headCommit } from '../../src/app/head-commit.ts';
import { createExec } from '../../src/platform/exec.ts';

/** Only root can give a repository away. */
describe.runIf(process.getuid?.() === 0)('HEAD of a repository that is somebody else’s', () => {
  const SOMEBODY = 1234;
  const icRepoUrl = 'https://github.com/dfinity/ic';
  let directory: string;
  let clone: string;
  let commit: string;
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args], {
      cwd: clone,
      encoding: 'utf8',
    });
  const head = (environment: Record<string, string>): Promise<string> => {
    const config = { icRepoUrl, environment: { PATH: process.env['PATH'], ...environment } } as unknown as Config;
    return headCommit(createExec(), config, clone);
  };

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'nns-watch-head-'));
    clone = mkdtempSync(join(directory, 'clone-'));
    git('init', '-q');
    git('commit', '-q', '--allow-empty', '-m', 'x');
    git('remote', 'add', 'origin', icRepoUrl);
    commit = git('rev-parse', 'HEAD').trim();
    chownSync(clone, SOMEBODY, SOMEBODY);
    for (const path of readdirSync(clone, { recursive: true, encoding: 'utf8' })) {
      chownSync(join(clone, path), SOMEBODY, SOMEBODY);
    }
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  it('is not taken, as git itself would not', async () => {
    await expect(head({ HOME: directory })).rejects.toMatchObject({ code: 'no-target' });
  });

  it('is taken where its owner calls us by sudo', async () => {
    expect(await head({ HOME: directory, SUDO_UID: String(SOMEBODY) })).toBe(commit);
  });

  it('is taken where the user’s own configuration of git says that it is safe', async () => {
    const home = mkdtempSync(join(directory, 'home-'));
    writeFileSync(join(home, '.gitconfig'), `[safe]\n  directory = ${clone}\n`);
    expect(await head({ HOME: home })).toBe(commit);
  });
});
