import { WatchError } from '../domain/errors.ts';
import type { Exec } from '../platform/exec.ts';
import type { Config } from '../operator/config.ts';

/** Where git finds the user's own word on whose repositories are safe, and by whom sudo was called. */
const WHOSE = ['HOME', 'XDG_CONFIG_HOME', 'SUDO_UID'];

/**
 * HEAD of the repository around the current directory, if that is the IC repository: one of its remotes is the
 * official one, or it holds the IC-OS build script.
 */
export async function headCommit(exec: Exec, config: Config, cwd = process.cwd()): Promise<string> {
  const given = WHOSE.flatMap((name) => {
    const value = config.environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const env = {
    PATH: config.environment['PATH'] ?? '',
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    ...Object.fromEntries(given),
  };
  const git = async (...args: string[]): Promise<string | null> => {
    const { cause, exitCode, stdout } = await exec.run({
      argv: ['git', ...args],
      cwd,
      env,
      timeoutMs: 30_000,
      outputLimit: 64 * 1024,
    });
    return cause === 'exited' && exitCode === 0 ? stdout.trim() : null;
  };
  const [commit, remotes, script] = await Promise.all([
    git('rev-parse', '--verify', 'HEAD'),
    git('config', '--get-regexp', '^remote\\..*\\.url$'),
    git('cat-file', '-t', 'HEAD:ci/container/build-ic.sh'),
  ]);
  const official = (remotes ?? '')
    .split('\n')
    .some((line) => sameRepository(line.split(' ')[1] ?? '', config.icRepoUrl));
  if (commit && (official || script === 'blob')) return commit;
  throw new WatchError(
    'input',
    'no-target',
    'Give --proposal-id or --commit, or stand in a clone of the IC repository to verify its HEAD.',
  );
}

/** `https://github.com/dfinity/ic.git`, `git@github.com:dfinity/ic` and the like name one repository. */
function sameRepository(left: string, right: string): boolean {
  const plain = (url: string): string =>
    url
      .replace(/^(?:https|ssh):\/\/(?:[^@/]*@)?|^[^@/]*@/, '')
      .replace(':', '/')
      .replace(/(?:\.git)?\/?$/, '')
      .toLowerCase();
  return left !== '' && plain(left) === plain(right);
}
