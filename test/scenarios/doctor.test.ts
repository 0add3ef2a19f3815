import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scenarios } from '../../simnet/scenarios/index.ts';
import type { SimnetView } from '../../simnet/simnet.ts';
import type { Fault } from '../../simnet/types.ts';
import { loopback } from '../support/loopback.ts';
import { root, runProgram, type Ran } from '../support/program.ts';

const world = loopback('doctor-e2e');

async function doctor(
  args: readonly string[],
  { faults = [], env = {} }: { faults?: Fault[]; env?: Record<string, string> } = {},
): Promise<Ran & { view: SimnetView }> {
  const scenario = scenarios.find(({ name }) => name === 'correct-guestos');
  if (!scenario) throw new Error('no scenario');
  const view = await world.simnet.openView({ ...scenario, faults });
  const home = join(world.scratch, 'home');
  const settings = { HOME: home, NNS_WATCH_DATA_DIR: join(home, 'data'), MIN_DISK_GB: '1', MIN_RAM_GB: '1' };
  const ran = await runProgram(['doctor', ...args], { ...view.env, ...settings, ...env });
  await view.close();
  return { ...ran, view };
}

interface Document {
  schema: string;
  network: string;
  healthy: boolean;
  lines: { id: string; outcome: string; sentence: string; todo: string | null }[];
  fix: string | null;
  settings: { name: string; value: string | null }[];
}

describe('doctor against the loopback Internet', () => {
  it('finds no problem where all is well, and says that it is not mainnet first of all', async () => {
    const { code, stdout, view } = await doctor([]);
    expect(stdout).not.toMatch(/^✖/m);
    expect(stdout).toMatch(/^NOT MAINNET: /);
    expect(stdout).toMatch(/^✔ host github\.com +answered in/m);
    expect(stdout).toMatch(/^[✔⚠] container /m);
    expect(stdout).toMatch(/^✔ nns-watch would work here/m);
    expect([code, view.unknownHosts]).toEqual([0, []]);
  });

  it.each([
    ['github.com', [{ at: 'git', fault: 'down' }]],
    ['icp-api.io', [{ at: 'ic', hosts: 'all', fault: 'down' }]],
  ] satisfies [string, Fault[]][])('ends with 3 when %s is down', async (host, faults) => {
    const { code, stdout } = await doctor(['--json'], { faults });
    const { healthy, lines } = JSON.parse(stdout) as Document;
    expect([code, healthy]).toEqual([3, false]);
    expect(lines.find(({ id }) => id === `host ${host}`)).toMatchObject({
      outcome: 'problem',
      todo: expect.stringContaining('HTTPS_PROXY') as string,
    });
  });

  it('ends with 0 when only one boundary node and the dashboard are down', async () => {
    const faults: Fault[] = [
      { at: 'ic', hosts: ['icp-api.io'], fault: 'down' },
      { at: 'dashboard', fault: 'down' },
    ];
    const { code, stdout } = await doctor(['--json'], { faults });
    const { lines } = JSON.parse(stdout) as Document;
    const outcome = (id: string): string | undefined => lines.find((line) => line.id === id)?.outcome;
    expect([outcome('host icp-api.io'), outcome('host ic-api.internetcomputer.org')]).toEqual(['warning', 'warning']);
    expect(code).toBe(0);
  });

  it('gives one object as JSON, without any secret', async () => {
    const { code, stdout, stderr } = await doctor(['--json', '--fix'], { env: { GITHUB_TOKEN: 'A-SECRET-TOKEN' } });
    const document = JSON.parse(stdout) as Document;
    expect(document).toMatchObject({ schema: 'nns-watch/doctor@1', healthy: true });
    expect(document.network).toMatch(/^NOT MAINNET: /);
    expect(document.settings).toContainEqual({ name: 'GITHUB_TOKEN', value: 'set', isDefault: false });
    expect(`${stdout}${stderr}`).not.toContain('A-SECRET-TOKEN');
    expect(code).toBe(0);
  });

  it('ends with 2 and all problems where the settings cannot be read', async () => {
    const { code, stdout, stderr } = await doctor([], { env: { BUILD_TIMEOUT: 'soon', POLL_CRON: 'never' } });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('2 settings cannot be used');
  });

  it('installs nothing where nobody can be asked, and prints the line instead', async () => {
    const { code, stdout, stderr } = await doctor(['--fix'], { env: { PATH: await withoutPodman() } });
    expect(code).toBe(3);
    expect(stdout).toMatch(/^✖ podman +podman is missing/m);
    expect(stdout).toContain('To install what is missing:');
    expect(stderr).toMatch(/Not run, since nobody could be asked.*apt-get install -y podman/);
  });
});

describe('doctor --fix at a terminal', () => {
  it.each([
    ['y', 'apt-get install -y podman', /^✔ podman /m],
    ['n', '', /^✖ podman +podman is missing/m],
  ])('asked and answered %j runs %j', async (answer, ran, podman) => {
    const bin = await withoutPodman();
    const calls = join(bin, 'calls');
    const program = async (name: string, script: string): Promise<void> => {
      await writeFile(join(bin, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(bin, name), 0o755);
    };
    await program('apt-get', `echo "apt-get $*" >>${calls}\nln -sf /usr/bin/podman ${bin}/podman`);
    await rm(join(bin, 'sudo'));
    await program('sudo', 'while [ "${1#-}" != "$1" ]; do shift; done\nexec "$@"');
    const shown = await atTerminal(`${root}/bin/nns-watch doctor --fix`, answer, {
      PATH: bin,
      HOME: join(world.scratch, 'terminal'),
      NNS_WATCH_DATA_DIR: join(world.scratch, 'terminal/data'),
    });
    expect(shown).toContain('apt-get install -y podman"? [y/N]');
    expect(shown.replaceAll('\r', '')).toMatch(podman);
    expect(await readFile(calls, 'utf8').catch(() => '')).toContain(ran);
    if (answer === 'n') await expect(readFile(calls)).rejects.toThrow('ENOENT');
  });
});

/** What a person sees who runs this in a terminal (of script(1)) and types one answer. */
async function atTerminal(command: string, answer: string, env: Record<string, string>): Promise<string> {
  const child = spawn('/usr/bin/script', ['--quiet', '--command', command, '/dev/null'], {
    env: { SHELL: '/bin/sh', ...env },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let shown = '';
  let answered = false;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text;
    if (answered || !shown.includes('[y/N]')) return;
    answered = true;
    child.stdin.write(`${answer}\n`);
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), 100_000);
  await new Promise((done) => child.on('close', done));
  clearTimeout(limit);
  return shown;
}

/** A new directory with the launcher's and the looks' programs, but no podman. */
async function withoutPodman(): Promise<string> {
  const directory = await mkdtemp(join(world.scratch, 'bin-'));
  for (const name of 'sh bash env dirname readlink ln sudo git tar setpriv unshare mount flock'.split(' ')) {
    await symlink(`/usr/bin/${name}`, join(directory, name));
  }
  return directory;
}
