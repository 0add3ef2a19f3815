import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CommitId } from '../../../src/domain/ids.ts';
import { createBuilder } from '../../../src/verify/build/builder.ts';
import { removeBuilt } from '../../../src/verify/build/retained-outputs.ts';
import { startLoopbackGit, type LoopbackGit } from '../git/loopback-git.ts';
import { build, builderDeps, GUESTOS, script, sha } from './fixture-builder.ts';

let server: LoopbackGit;
beforeAll(async () => (server = await startLoopbackGit()));
afterAll(() => server.close());

const workspaces = (): string[] => readdirSync(server.cacheDir).filter((name) => name.startsWith('tmp-'));

describe('a build that does what it should', () => {
  it('gives the hash of the image that it made, of its measurements, and its log', async () => {
    const built = await build(server, script('echo building "$@"; git rev-parse HEAD'));
    expect(built.build).toMatchObject({
      status: 'observed',
      source: `local build of ${built.commit}, attempt 1, on fixture-host`,
      value: {
        exitCode: 0,
        signal: null,
        leftBehind: 0,
        treeDirty: false,
        logTruncated: false,
        builder: 'fixture-host',
      },
    });
    expect(built.images.get('guestos')).toMatchObject({
      status: 'observed',
      value: { sha256: sha('image'), bytes: 5 },
    });
    expect(built.measurements).toMatchObject({ status: 'observed', value: { sha256: sha('[]'), bytes: 2 } });
    expect(built.log).toBe(`building --icos\n${built.commit}\n`);
  });

  it('leaves no workspace, and keeps it where that was asked for', async () => {
    await build(server, script('echo once'));
    expect(workspaces()).toEqual([]);
    await build(server, script('echo twice'), { keep: true });
    expect(workspaces()).toHaveLength(1);
    rmSync(join(server.cacheDir, workspaces()[0] ?? '?'), { recursive: true });
  });

  it('tells its outcome before all that it wrote is removed', async () => {
    let before: string[] = [];
    await build(server, script('mkdir -p many/{1..40}/{1..40}'), { atOutcome: () => (before = workspaces()) });
    expect(before).toHaveLength(1);
    expect(workspaces()).toEqual([]);
  });

  it('waits with the next build until the last one is cleared away', async () => {
    const commit = server.commit({ 'ci/container/build-ic.sh': script('echo twice') }, 'refs/heads/rc--1');
    const tree = { buildScript: 'ci/container/build-ic.sh', containerRun: null, hasRecovery: false };
    const request = { commit, tree: { ...tree, hasMeasurements: true, committedAt: 0 }, components: [], keep: false };
    const made: number[] = [];
    const deps = builderDeps(server);
    const exec = {
      ...deps.exec,
      run: (asked: Parameters<typeof deps.exec.run>[0]) => (made.push(workspaces().length), deps.exec.run(asked)),
    };
    const builder = createBuilder({ ...deps, exec });
    const signal = new AbortController().signal;
    await builder.build({ ...request, attempt: 1 }, signal, () => undefined);
    made.length = 0;
    await builder.build({ ...request, attempt: 2 }, signal, () => undefined);
    expect(made[0]).toBe(0);
    expect(Math.max(...made)).toBe(1);
    await builder.cleared();
  });

  it('keeps the images beside the downloads of their commit, for whoever doubts a mismatch', async () => {
    const { commit } = await build(server, script('echo kept'));
    const kept = join(server.cacheDir, commit, 'local-build-1/guestos/update-img.tar.zst');
    expect(readFileSync(kept, 'utf8')).toBe('image');
    expect(await removeBuilt(server.cacheDir, commit)).toBe(true);
    expect(existsSync(kept)).toBe(false);
  });

  it('keeps the workspace of a build that failed, until the next one needs the room', async () => {
    const keeping = { changes: { keepFailedWithin: 1e12 } };
    await build(server, script('exit 3'), keeping);
    expect(workspaces()).toHaveLength(1);
    await build(server, script('echo well'), keeping);
    expect(workspaces()).toHaveLength(1);
    const { makeRoom } = createBuilder(builderDeps(server, { keepFailedWithin: 1 }));
    await makeRoom();
    expect(workspaces()).toEqual([]);
    await build(server, script('exit 4'), { changes: { keepFailedWithin: 1 } });
    expect(workspaces()).toEqual([]);
  });

  it('finds the image where older generations put it', async () => {
    const older = script('', `mv ${GUESTOS} artifacts/icos/guestos/ && rm -r artifacts/icos/guestos/update`);
    const built = await build(server, older);
    expect(built.images.get('guestos')).toMatchObject({ value: { sha256: sha('image') } });
    expect(built.measurements).toMatchObject({ status: 'unavailable', kind: 'absent' });
  });

  it('has an output that can be opened again by name, and an Enter for those who ask for it', async () => {
    const built = await build(
      server,
      script('echo to-stderr >/dev/stderr; read -t 7 -r -s -p "Press ENTER"; echo went on'),
    );
    expect(built.log).toContain('to-stderr\n');
    expect(built.log).toContain('went on');
  });

  it('tells its last line while it goes on, without escape sequences', async () => {
    const built = await build(server, script("printf 'red \\033[31mline\\033[0m\\007\\n'; sleep 1.2"));
    const lines = built.progress.flatMap((event) => (event.type === 'build' ? [event.lastLine] : []));
    expect(lines).toContain('red line');
    expect(lines.length).toBeLessThanOrEqual(6);
  });

  it('is told when it changed its own source', async () => {
    const built = await build(server, script('echo changed >> README.md'));
    expect(built.build).toMatchObject({ value: { treeDirty: true } });
    expect(built.images.get('guestos')).toMatchObject({ status: 'observed' });
  });

  it('has a fresh workspace and home in each attempt', async () => {
    const text = script('test ! -e "$HOME/mark"; test ! -e /tmp/mark; touch "$HOME/mark" /tmp/mark; echo fresh');
    expect((await build(server, text)).build.status).toBe('observed');
    expect((await build(server, text)).build.status).toBe('observed');
  });
});

describe('a build that is not one', () => {
  const nothing = { status: 'unavailable', code: 'build-failed', retryable: false };

  it('is not looked at when it fails, whatever it left', async () => {
    const built = await build(server, script('', 'echo no more space; exit 1'));
    expect(built.build).toMatchObject({
      ...nothing,
      detail: 'The build ended with exit 1; its last line: no more space',
    });
    expect(built.images.get('guestos')).toMatchObject(nothing);
    expect(built.measurements).toMatchObject(nothing);
    expect(built.log).toContain('no more space');
  });

  it('says nothing good by exit 0 alone', async () => {
    const built = await build(server, '#!/bin/sh\nexit 0\n');
    expect(built.images.get('guestos')).toMatchObject({
      ...nothing,
      kind: 'absent',
      detail: `The build ended with exit 0, but ${GUESTOS} was not found.`,
    });
  });

  it.each([
    ['a symbolic link', `printf image > /tmp/elsewhere; ln -sf ../../../../README.md ${GUESTOS}`, GUESTOS],
    ['a named pipe', `rm ${GUESTOS}; mkfifo ${GUESTOS}`, GUESTOS],
    ['a directory', `rm ${GUESTOS}; mkdir ${GUESTOS}`, GUESTOS],
    ['a device', `rm ${GUESTOS}; mknod ${GUESTOS} c 1 5`, GUESTOS],
    ['a symbolic link', 'mv artifacts/icos /tmp/icos; ln -s /tmp/icos artifacts/icos', 'artifacts/icos'],
  ])('takes %s for no image: %s', async (what, after, path) => {
    const built = await build(server, script('', after));
    expect(built.images.get('guestos')).toMatchObject({
      ...nothing,
      detail: `The build ended with exit 0, but ${path} is ${what}.`,
    });
  });

  it('does not follow a checkout that was replaced by a link', async () => {
    const built = await build(server, script('', 'mv ../source ../moved; ln -s moved ../source'));
    expect(built.images.get('guestos')).toMatchObject(nothing);
  });

  it('looks for each component by itself', async () => {
    const built = await build(server, script(''), { components: ['guestos', 'hostos'] });
    expect(built.images.get('guestos')?.status).toBe('observed');
    expect(built.images.get('hostos')).toMatchObject({ ...nothing, kind: 'absent' });
  });

  it('is ended at its time limit, though it ignores TERM', async () => {
    const text = "#!/bin/bash\ntrap '' TERM\necho waiting\nwhile :; do sleep 5; done\n";
    const began = Date.now();
    const built = await build(server, text, { changes: { timeoutMs: 1_500 } });
    expect(built.build).toMatchObject({ status: 'unavailable', code: 'build-timeout' });
    expect(built.images.get('guestos')).toMatchObject({ code: 'build-timeout' });
    expect(Date.now() - began).toBeLessThan(10_000);
  });

  it('is ended when the run is stopped', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 1_000);
    const built = await build(server, '#!/bin/sh\nsleep 60\n', { signal: stop.signal });
    expect(built.build).toMatchObject({ status: 'unavailable', code: 'interrupted' });
  });

  it('fills no disk with its log', async () => {
    const flood = 'yes "line after line after line" | head -c 200000000; echo the end of the log';
    const built = await build(server, script(flood), { changes: { logLimit: 1_000_000 } });
    expect(built.build).toMatchObject({ value: { logTruncated: true } });
    expect(built.log.length).toBeLessThan(1_000_200);
    expect(built.log).toMatch(/\[\.\.\. \d+ bytes were not kept \.\.\.\]/);
    expect(built.log).toContain('the end of the log');
    expect(built.images.get('guestos')?.status).toBe('observed');
  });
});

describe('a build that is not begun', () => {
  it.each([
    ['for want of disk', { minDiskBytes: 1e15 }, 'host-unfit', 'MIN_DISK_GB'],
    [
      'where the environment would carry a secret',
      { allowedEnv: ['DISCORD_BOT_TOKEN'] },
      'host-unfit',
      'DISCORD_BOT_TOKEN',
    ],
    ['where a needed path would be hidden', { hidePaths: ['/usr'] }, 'host-unfit', '/usr'],
    ['where the data directory is everything', { hidePaths: ['/'] }, 'host-unfit', '/'],
  ])('%s', async (_why, changes, code, words) => {
    const built = await build(server, script('echo begun'), { changes });
    expect(built.build).toMatchObject({ status: 'unavailable', code });
    expect(JSON.stringify(built.build)).toContain(words);
    expect(built.log).toBe('');
  });

  it('without its source', async () => {
    const request = {
      commit: '1'.repeat(40) as CommitId,
      tree: { buildScript: 'x', containerRun: null, hasRecovery: false, hasMeasurements: false, committedAt: 0 },
      components: ['guestos'] as const,
      attempt: 1,
      keep: false,
    };
    const outcome = await createBuilder(builderDeps(server)).build(
      request,
      new AbortController().signal,
      () => undefined,
    );
    expect(outcome.build).toMatchObject({ status: 'unavailable', code: 'not-built' });
    const stopped = await createBuilder(builderDeps(server)).build(request, AbortSignal.abort(), () => undefined);
    expect(stopped.build).toMatchObject({ status: 'unavailable', code: 'interrupted' });
  });
});
