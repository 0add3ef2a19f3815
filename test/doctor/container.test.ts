import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../src/verify/build/ask-tool.ts';
import { container, type ContainerProbe } from '../../src/doctor/container.ts';
import { containerProgram, RAN } from '../../src/doctor/container-program.ts';
import { prepareTry, type ContainerTry } from '../../src/doctor/container-try.ts';
import { helpfulLines, missingPackages, type PodmanHost } from '../../src/doctor/containers-conf.ts';
import { startKit, type Kit } from './kit.ts';

const PLAIN: PodmanHost = { hybridCgroups: false, files: 1_048_576, processes: null, hasRunc: false };
const SMALL: PodmanHost = { hybridCgroups: true, files: 20_000, processes: 4_000, hasRunc: false };

describe('the program in the container', () => {
  it('is an executable of this architecture that writes one line and ends well', () => {
    const directory = mkdtempSync('/var/tmp/nns-watch-program-');
    const path = join(directory, 'program');
    writeFileSync(path, containerProgram(), { mode: 0o755 });
    const { status, stdout } = spawnSync(path, { encoding: 'utf8' });
    rmSync(directory, { recursive: true });
    expect([status, stdout]).toEqual([0, `${RAN}\n`]);
  });
});

describe('lines for containers.conf', () => {
  it('are none where podman’s defaults work', () => {
    expect(helpfulLines(PLAIN)).toEqual([]);
    expect(helpfulLines({ ...PLAIN, files: null })).toEqual([]);
  });

  it('keep limits below what the machine allows, and take runc where crun refuses the cgroups', () => {
    expect(helpfulLines(SMALL)).toEqual([
      '[containers]',
      'default_ulimits = ["nofile=20000:20000", "nproc=4000:4000"]',
      '[engine]',
      'runtime = "runc"',
    ]);
  });

  it('come with the packages that podman asks for', () => {
    expect(missingPackages('container-init binary not found on the host', PLAIN)).toEqual(['catatonit']);
    expect(missingPackages('could not find conmon', SMALL)).toEqual(['conmon', 'runc']);
    expect(missingPackages('something else', { ...SMALL, hasRunc: true })).toEqual([]);
  });
});

describe('what is said of a container', () => {
  const answer = (worked: boolean, why = ''): Answer => ({ worked, stdout: '', why, missing: false });
  let closed = 0;
  const probe = (works: (conf: 'none' | 'own' | 'lines') => boolean, changes: Partial<ContainerProbe> = {}) => {
    const trial: ContainerTry = {
      run: async (_isolated, conf) => answer(works(typeof conf === 'string' ? conf : 'lines'), 'crun: no'),
      close: async () => void (closed += 1),
    };
    return container({
      arch: 'x86_64',
      host: PLAIN,
      ownConf: false,
      isolated: true,
      prepare: async () => trial,
      ...changes,
    });
  };

  it('is good only if one ran without help, and everything is cleaned up', async () => {
    closed = 0;
    expect(await probe(() => true)).toMatchObject({
      outcome: 'ok',
      sentence: expect.stringContaining('kept apart') as string,
    });
    expect(closed).toBe(1);
  });

  it('is a problem where none runs, with nothing to offer', async () => {
    const finding = await probe(() => false);
    expect(finding).toMatchObject({ outcome: 'problem', sentence: expect.stringContaining('crun: no') as string });
    expect(finding.todo).not.toContain('default_ulimits');
  });

  it('is a problem where one runs only with other lines, and these are the advice', async () => {
    const finding = await probe((conf) => conf === 'lines', { host: SMALL });
    expect(finding).toMatchObject({ outcome: 'problem', packages: ['runc'] });
    expect(finding.todo).toContain('With these lines in /etc/containers/containers.conf one ran:\n[containers]');
  });

  it('says so where these lines were not enough', async () => {
    expect((await probe(() => false, { host: SMALL })).todo).toContain('were not enough (crun: no)');
  });

  it('is a warning where one runs only with the CONTAINERS_CONF that sudo drops', async () => {
    const finding = await probe((conf) => conf === 'own', { ownConf: true });
    expect(finding).toMatchObject({ outcome: 'warning', todo: expect.stringContaining('env_keep') as string });
  });

  it('is a problem where podman cannot even import an image', async () => {
    const finding = await probe(() => true, { prepare: async () => answer(false, 'no storage') });
    expect(finding).toMatchObject({ outcome: 'problem', sentence: expect.stringContaining('no storage') as string });
  });
});

describe('a real container', () => {
  let kit: Kit;
  beforeAll(async () => {
    kit = await startKit();
  }, 60_000);
  afterAll(() => kit.close());

  const traces = (): string[] => [
    ...readdirSync('/var/tmp').filter((name) => name.startsWith('doctor-')),
    ...spawnSync('sudo', ['-n', 'podman', 'images', '--format', '{{.Repository}}:{{.Tag}}'], { encoding: 'utf8' })
      .stdout.split('\n')
      .filter((name) => name.endsWith(`nns-watch-doctor:${process.pid}`)),
  ];

  it('runs within the build’s isolation, with help where this machine needs it, and leaves nothing', async () => {
    const ports = await kit.ports();
    const trial = await prepareTry(ports, new AbortController().signal);
    if (!('run' in trial)) throw new Error(trial.why);
    const conf = ports.config.environment['CONTAINERS_CONF'] === undefined ? 'none' : 'own';
    const ran = await trial.run(true, conf);
    expect([ran.worked, ran.why, traces().length > 0]).toEqual([true, '', true]);
    expect(ran.stdout).toContain(RAN);
    await trial.close();
    expect(traces()).toEqual([]);
  }, 60_000);

  it('does not run with lines that podman cannot follow, and that is told', async () => {
    const trial = await prepareTry(await kit.ports(), new AbortController().signal);
    if (!('run' in trial)) throw new Error(trial.why);
    const ran = await trial.run(true, ['[engine]', 'runtime = "no-such-runtime"']);
    await trial.close();
    expect(ran).toMatchObject({ worked: false, why: expect.stringContaining('no-such-runtime') as string });
  }, 60_000);
});
