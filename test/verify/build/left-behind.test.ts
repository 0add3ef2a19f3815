import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeDeadContainers } from '../../../src/verify/build/leftovers.ts';
import { startLoopbackGit, type LoopbackGit } from '../git/loopback-git.ts';
import { containersOf, FLAGS, IMAGE, importImage, leftovers, podman, removeImage, RUN } from './containers.ts';
import { build, script } from './fixture-builder.ts';

const containers = (): string => containersOf(`test=${process.pid}`);

let server: LoopbackGit;

beforeAll(async () => {
  server = await startLoopbackGit();
  importImage();
}, 60_000);
afterAll(async () => {
  removeImage();
  await server.close();
});

const alive = (words: string): boolean => {
  const list = execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' });
  return list.split('\n').some((line) => line.startsWith(words));
};

describe('what a build leaves behind', () => {
  it('ends with it: a daemon that holds its output open', async () => {
    const mark = `sleep 7${process.pid}`;
    const built = await build(server, script(`setsid ${mark} & setsid nohup ${mark} >/dev/null 2>&1 </dev/null &`));
    expect(built.build).toMatchObject({ status: 'observed', value: { leftBehind: 2 } });
    expect(built.images.get('guestos')?.status).toBe('observed');
    expect(alive(mark)).toBe(false);
  });

  it('ends with it: a detached container, and the record of it', async () => {
    const mark = `sleep 8${process.pid}`;
    const built = await build(
      server,
      script(`sudo podman ${FLAGS} run -d --rm ${RUN} --label test=${process.pid} ${IMAGE} ${mark}`),
    );
    expect(built.build).toMatchObject({ status: 'observed' });
    expect(built.build.status === 'observed' && built.build.value.leftBehind).toBeGreaterThan(0);
    expect(alive(mark)).toBe(false);
    expect(containers()).toBe('');
  });

  it('ends with it at the time limit too', async () => {
    const mark = `sleep 9${process.pid}`;
    const text = `trap '' TERM\nsudo podman ${FLAGS} run -d --rm ${RUN} --label test=${process.pid} ${IMAGE} ${mark}\n${mark}\n`;
    const built = await build(server, `#!/bin/bash\n${text}`, { changes: { timeoutMs: 2_000 } });
    expect(built.build).toMatchObject({ code: 'build-timeout' });
    expect(alive(mark)).toBe(false);
    expect(containers()).toBe('');
  });

  it('is not called left behind where it ends by itself', async () => {
    const built = await build(server, script('sleep 0.5 &'));
    expect(built.build).toMatchObject({ value: { leftBehind: 0 } });
  });

  it('builds in a container, as upstream does', async () => {
    const text = script(
      `sudo podman ${FLAGS} run --rm ${RUN} --privileged -v "$PWD:/ic" -w /ic ${IMAGE} sh -c 'echo in > made'`,
    );
    const built = await build(server, text, { keep: false });
    expect(built.build).toMatchObject({ value: { exitCode: 0, leftBehind: 0 } });
    expect(containers()).toBe('');
  });

  it('takes no container of anybody else with it', async () => {
    const options = [...FLAGS.split(' '), 'run', '-d', '--rm', ...RUN.split(' '), '--label', `test=${process.pid}`];
    const since = Date.now() - 1_000;
    const id = execFileSync('podman', [...options, IMAGE, 'sleep', '60'], { encoding: 'utf8' }).trim();
    try {
      await build(server, script('echo beside it'));
      expect(await removeDeadContainers(since, leftovers(), [])).toBe(0);
      expect(containers()).toBe(id);
    } finally {
      execFileSync('podman', ['rm', '--force', '--time', '0', id], { stdio: 'ignore' });
    }
  });
});

describe('the record of a container', () => {
  it('that never ran goes with the build that made it', async () => {
    const built = await build(
      server,
      script(`sudo podman ${FLAGS} create ${RUN} --label test=${process.pid} -v "$PWD:/ic" ${IMAGE} true`),
    );
    expect(built.build).toMatchObject({ value: { exitCode: 0, leftBehind: 0 } });
    expect(containers()).toBe('');
  });

  it('whose removal was broken off goes, though podman knows little more of it', async () => {
    const since = Date.now() - 1_000;
    for (let tries = 0; tries < 30 && !(await brokenOff()); tries += 1)
      for (const id of ids()) podman('rm', '--force', id);
    expect(podman('ps', '--all', '--filter', 'status=removing', '--no-trunc', '--format', '{{.ID}}')).toContain(
      ids()[0],
    );
    expect(await removeDeadContainers(since, leftovers(), [])).toBe(0);
    expect(containers()).toBe('');
  });
});

describe('a container whose making was broken off before podman recorded it', () => {
  it('stays, since nothing tells whose it is, and goes as the handbook says', async () => {
    const [since, name] = [Date.now() - 1_000, `nns-watch-test-${process.pid}`];
    for (let tries = 0; tries < 30 && !(await unrecorded(name)); tries += 1) podman('rm', '--force', '--ignore', name);
    const [left] = external().filter(({ Names }) => Names.includes(name));
    // All that is known of it: no mounts, no labels.
    expect(left).toMatchObject({ Command: ['storage'], State: 'storage', Mounts: null, Labels: null });
    expect(await removeDeadContainers(since, leftovers(), ['/'])).toBe(0);
    expect(external().map(({ Names }) => Names)).toContainEqual([name]);
    podman('rm', left?.Id ?? '');
    expect(external().map(({ Names }) => Names)).not.toContainEqual([name]);
  });
});

interface External {
  readonly Id: string;
  readonly Names: readonly string[];
}

function external(): readonly External[] {
  return JSON.parse(podman('ps', '--external', '--all', '--no-trunc', '--format', 'json')) as External[];
}

/** Kills the making of a container once its files are there. False: podman had recorded it by then. */
async function unrecorded(name: string): Promise<boolean> {
  const files = join(podman('info', '--format', '{{.Store.GraphRoot}}'), 'overlay-containers', 'containers.json');
  const making = spawn('podman', ['create', '--name', name, '--pull=never', IMAGE, 'true'], { stdio: 'ignore' });
  const ended = once(making, 'close');
  const until = Date.now() + 10_000;
  while (!readFileSync(files, 'utf8').includes(name) && Date.now() < until);
  making.kill('SIGKILL');
  await ended;
  return !podman('ps', '--all', '--format', '{{.Names}}').split('\n').includes(name);
}

/** Kills a removal between that of the files and that of the record, some milliseconds. False: it was not met. */
async function brokenOff(): Promise<boolean> {
  const id = podman('create', '--label', `test=${process.pid}`, '--pull=never', IMAGE, 'true');
  const files = join(podman('info', '--format', '{{.Store.GraphRoot}}'), 'overlay-containers', id);
  const removal = spawn('podman', ['rm', id], { stdio: 'ignore' });
  const ended = once(removal, 'close');
  const until = Date.now() + 10_000;
  while (existsSync(files) && Date.now() < until);
  removal.kill('SIGKILL');
  await ended;
  return podman('ps', '--all', '--filter', `id=${id}`, '--format', '{{.State}}').toLowerCase() === 'removing';
}

const ids = (): string[] => containers().split('\n').filter(Boolean);

describe('a builder that is killed', () => {
  it('takes the build with it, and the next start cleans up', async () => {
    const mark = `sleep 6${process.pid}`;
    const commit = server.commit(
      {
        'ci/container/build-ic.sh': `#!/bin/bash\nsetsid ${mark} &\nsudo podman ${FLAGS} run ${RUN} --label test=${process.pid} ${IMAGE} ${mark}\n`,
      },
      'refs/heads/rc--1',
    );
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, 'build-and-wait.ts'), server.url, server.cacheDir, commit],
      {
        stdio: 'ignore',
      },
    );
    const until = Date.now() + 15_000;
    while (containers() === '' && Date.now() < until) await wait(100);
    expect(alive(mark)).toBe(true);
    expect(containers()).not.toBe('');
    child.kill('SIGKILL');
    await wait(1_000);
    expect(alive(mark)).toBe(false);
    // What is left of the container, any builder of this machine may have removed by now.
    await build(server, script('echo next'));
    expect(containers()).toBe('');
  });
});
