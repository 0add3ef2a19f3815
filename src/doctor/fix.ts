import type { Examination } from './examine.ts';
import type { DoctorPorts } from './ports.ts';

/** What apt would do about an examination's lines; null: nothing that apt can do. */
export interface Fix {
  readonly packages: readonly string[];
  /** To be typed, or run after asking. */
  readonly command: string;
  /** Whether we can run it ourselves: as root, or by a sudo that asks for no password. */
  readonly runnable: boolean;
}

const INSTALL_MS = 20 * 60_000;

export function fixFor({ lines }: Examination, { machine }: Pick<DoctorPorts, 'machine'>): Fix | null {
  const packages = [...new Set(lines.flatMap((line) => line.packages ?? []))].sort();
  if (packages.length === 0) return null;
  const sudoWorks = lines.some(({ id, outcome }) => id === 'sudo' && outcome === 'ok');
  const script = installScript(packages);
  if (machine.user.uid === 0) return { packages, command: script, runnable: true };
  const asRoot = sudoWorks || !packages.includes('sudo') ? 'sudo sh -c' : 'su -c';
  return { packages, command: `${asRoot} '${script}'`, runnable: sudoWorks };
}

function installScript(packages: readonly string[]): string {
  return `apt-get update && apt-get install -y ${packages.join(' ')}`;
}

/** Runs it. Gives why it failed, or null. */
export async function install(
  { packages }: Fix,
  { exec, machine, config }: Pick<DoctorPorts, 'exec' | 'machine' | 'config'>,
  onLine: (line: string) => void,
  signal: AbortSignal,
): Promise<string | null> {
  const script = ['sh', '-c', installScript(packages)] as const;
  const { cause, exitCode, stderr, startError } = await exec.run({
    argv: machine.user.uid === 0 ? script : ['sudo', '-n', 'env', 'DEBIAN_FRONTEND=noninteractive', ...script],
    cwd: '/',
    env: {
      PATH: config.environment['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin',
      LC_ALL: 'C',
      DEBIAN_FRONTEND: 'noninteractive',
    },
    outputLimit: 64 * 1024,
    timeoutMs: INSTALL_MS,
    onLine,
    signal,
  });
  if (cause === 'exited' && exitCode === 0) return null;
  return startError ?? (stderr.trim().split('\n').at(-1) || `apt-get ended with ${exitCode ?? cause}`);
}
