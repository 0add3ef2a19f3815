import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { loadConfig } from '../../../src/operator/config.ts';
import type { ProcessResult } from '../../../src/platform/exec.ts';
import { isFailure, failureObserved, failureOf } from '../../../src/verify/git/failure.ts';
import type { Git } from '../../../src/verify/git/git.ts';
import { whereCommitStands } from '../../../src/verify/git/refs.ts';
import { createTreeCollector } from '../../../src/verify/collect/tree.ts';
import { COMMIT, key, seen } from '../../support/evidence.ts';
import { World } from '../../support/world.ts';
import { contextOf } from '../../verify/collect/web.ts';
import { refusedOr, text, type Target } from '../target.ts';

const directory = mkdtempSync(join(tmpdir(), 'nns-watch-fuzz-'));
const close = async (): Promise<void> => rmSync(directory, { recursive: true, force: true });

const ended = (changes: Partial<ProcessResult>): ProcessResult => ({
  ...{ cause: 'exited', exitCode: 0, signal: null, stdout: '', stderr: '', truncated: false, stdoutBytes: 0 },
  ...{ seconds: 0, startError: null },
  ...changes,
});

/** Git that succeeds at everything and says these words where it is asked for something. */
function speaking(stdout: string): Git {
  const asks = ['for-each-ref', 'cat-file', 'ls-tree', 'log'];
  return {
    run: async (args) => ended(args.some((arg) => asks.includes(arg)) ? { stdout } : {}),
  };
}

const repository = (git: Git) => ({
  git,
  clock: { now: () => 0, sleep: async () => undefined },
  directory,
  url: 'https://github.com/dfinity/ic',
});

/** What git prints: on an official ref only where a line of it names one. */
const output: Target = {
  name: 'git-output',
  runs: 120,
  run: async (bytes) => {
    const said = text(bytes);
    const refs = said.replace(/^[^\n]*\n/, '');
    const git: Git = {
      run: async (args) =>
        ended(args.includes('for-each-ref') ? { stdout: refs } : args.includes('cat-file') ? { stdout: said } : {}),
    };
    const stands = await whereCommitStands(COMMIT, repository(git));
    if (!isFailure(stands)) {
      const verdict = new World().set(key.commitRefs(COMMIT), seen(stands)).verdict();
      if (verdict.outcome === 'verified') expect(refs).toMatch(/^refs\/(heads|tags)\//m);
    }
    const tree = createTreeCollector(repository(speaking(said)));
    const look = await tree.collect(key.tree(COMMIT), contextOf());
    if (look.status === 'observed') expect(Number.isSafeInteger(look.value.committedAt)).toBe(true);
    else expect(look.kind).not.toBe('bug');
  },
  close,
};

/** What git complains of: a server out of reach or talking rubbish never says that a commit is missing. */
const complaint: Target = {
  name: 'git-complaint',
  runs: 400,
  run: (bytes) => {
    for (const exitCode of [0, 1, 128]) {
      const failure = failureOf(ended({ exitCode, stderr: text(bytes) }));
      const observed = failureObserved(failure, 'git', 0);
      expect(failure.words.length).toBeLessThanOrEqual(300);
      if (observed.kind === 'absent') expect(text(bytes)).toMatch(/not our ref|couldn't find remote ref/);
    }
  },
};

/** A settings file of any content is read, or refused with all that is wrong with it. */
const settings: Target = {
  name: 'settings',
  runs: 200,
  run: async (bytes) => {
    const envFile = join(directory, 'settings');
    writeFileSync(envFile, bytes);
    const config = await refusedOr(['input'], () => loadConfig({ HOME: '/home/op' }, { envFile, cwd: '/srv' }));
    if (config === null) return;
    expect(config.icHosts.length).toBeGreaterThan(0);
    expect(config.mirrors.length).toBeGreaterThan(0);
    for (const time of [config.buildTimeoutMs, config.stallTimeoutMs]) {
      expect(Number.isSafeInteger(time) && time > 0).toBe(true);
    }
    // None at all may be asked for.
    expect(Number.isSafeInteger(config.minDiskBytes) && config.minDiskBytes >= 0).toBe(true);
    const differs = config.icRootKey !== null || config.icRepoUrl !== 'https://github.com/dfinity/ic';
    if (differs) expect(config.network).toMatch(/^NOT MAINNET/);
  },
};

export const sourceTargets: readonly Target[] = [output, complaint, settings];
