import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { SimnetView } from '../simnet/simnet.ts';
import { measure, type Cost } from './measure.ts';

/** Something that verifies a release: this program, or what it is compared with. */
export interface Tool {
  readonly name: 'nns-watch' | 'repro-check';
  /** `home` keeps what the tool keeps from one run to the next. */
  readonly verify: (asked: Asked, home: string) => Promise<Cost>;
}

export interface Asked {
  readonly view: SimnetView;
  readonly target: 'commit' | 'proposal';
  /** Flags that both know. */
  readonly flags: readonly string[];
  readonly attestations?: boolean;
}

const LIMIT_MS = 1_800_000;
const program = resolve(import.meta.dirname, '../bin/nns-watch');

export const nnsWatch: Tool = {
  name: 'nns-watch',
  verify: ({ view, target, flags, attestations = false }, home) => {
    const skip = attestations ? [] : ['--skip-attestation-check'];
    const argv = [program, 'verify', ...targetFlags(view, target), ...flags, ...skip];
    return measure(argv, { env: programEnv(view, home), cwd: home, limitMs: LIMIT_MS });
  },
};

/** The environment of the program itself, with everything that it keeps below `home`. */
export function programEnv(view: SimnetView, home: string): Record<string, string> {
  return {
    ...view.env,
    ...view.scenario.env,
    HOME: home,
    NNS_WATCH_DATA_DIR: join(home, 'data'),
    MIN_DISK_GB: '1',
    MIN_RAM_GB: '1',
  };
}

/** DFINITY's script at a path, unmodified. It finds the loopback Internet by the variables that Python and git know. */
export function reproCheck(path: string): Tool {
  const ask = (args: string[]): string => execFileSync('python3', args, { encoding: 'utf8' });
  // In place of whatever launcher `python3` may be.
  const python = ask(['-c', 'import sys; print(sys.executable)']).trim();
  const skip = ask([path, '--help']).includes('--skip-attestation-check') ? ['--skip-attestation-check'] : [];
  return {
    name: 'repro-check',
    verify: ({ view, target, flags }, home) => {
      const authority = view.env['NODE_EXTRA_CA_CERTS'] ?? '';
      const env = { ...view.env, HOME: home, SSL_CERT_FILE: authority, GIT_SSL_CAINFO: authority };
      const argv = [python, path, ...targetFlags(view, target), ...flags, ...skip];
      return measure(argv, { env, cwd: home, limitMs: LIMIT_MS });
    },
  };
}

function targetFlags(view: SimnetView, target: Asked['target']): string[] {
  return target === 'commit' ? ['-c', view.release.commit] : ['-p', String(view.proposalId)];
}

/** Does something with a directory that is gone afterwards. */
export async function inScratch<T>(parent: string, work: (directory: string) => Promise<T>): Promise<T> {
  await mkdir(parent, { recursive: true });
  const directory = await mkdtemp(join(parent, 'home-'));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
