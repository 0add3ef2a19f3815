import { createHash, randomUUID } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { ArtifactsRig, BUILD, ISOLATED, buildIn, checkOutOf, run, type Ran } from './artifacts-kit.ts';

const IMAGE = 'artifacts/icos/guestos/update/update-img.tar.zst';
const MEASUREMENTS = 'artifacts/icos/guestos/update/launch-measurements.json';

const rig = new ArtifactsRig();

interface Built extends Ran {
  workspace: string;
  home: string;
}

async function build(name: string, env: NodeJS.ProcessEnv = {}, watch: string[] = []): Promise<Built> {
  const workspace = await checkOutOf(rig.artifacts, rig.scratch, name, env['HTTPS_PROXY']);
  const home = mkdtempSync(join(rig.scratch, 'home-'));
  const ran = await buildIn(workspace, { home, command: [...ISOLATED, ...watch, ...BUILD], env });
  return { workspace, home, ...ran };
}

function hashOf({ workspace }: Built, path = IMAGE): string {
  return createHash('sha256')
    .update(readFileSync(join(workspace, path)))
    .digest('hex');
}

function published(name: string): string {
  return rig.artifacts.publishedSha256(rig.artifacts.releases.get(name)!, 'guestos');
}

test('fails and exits-0-without-artifacts leave nothing, with different exit codes', async () => {
  for (const [name, expected] of [
    ['fails', 1],
    ['exits-0-without-artifacts', 0],
  ] as const) {
    const { code, workspace } = await build(name);
    expect(code, name).toBe(expected);
    expect(readdirSync(workspace)).not.toContain('artifacts');
  }
});

test('exits-1-with-artifacts leaves the right bytes', async () => {
  const built = await build('exits-1-with-artifacts');
  expect(built.code).toBe(1);
  expect(hashOf(built)).toBe(published('exits-1-with-artifacts'));
});

test('timed takes its time, and gives the published bytes', async () => {
  const began = performance.now();
  expect(hashOf(await build('timed'))).toBe(published('timed'));
  expect(performance.now() - began).toBeGreaterThan(1000);
});

test('differs gives the same wrong bytes each time', async () => {
  const [first, second] = [await build('differs'), await build('differs')];
  expect(first.code).toBe(0);
  expect(hashOf(first)).not.toBe(published('differs'));
  expect(hashOf(second)).toBe(hashOf(first));
});

test('random gives other bytes each time', async () => {
  const hashes = [hashOf(await build('random')), hashOf(await build('random')), published('random')];
  expect(new Set(hashes).size).toBe(3);
});

test('differs-once gives wrong bytes on the first build of a view only, and is forgotten with the simnet', async () => {
  const [view, otherView] = [`http://127.0.0.1/${randomUUID()}`, `http://127.0.0.1/${randomUUID()}`];
  const isPublished = async (proxy: string): Promise<boolean> => {
    const built = await build('differs-once', { HTTPS_PROXY: proxy });
    expect(built.code).toBe(0);
    return hashOf(built) === published('differs-once');
  };
  const seen: boolean[] = [];
  for (const proxy of [view, view, view, otherView]) seen.push(await isPublished(proxy));
  expect(seen).toEqual([false, true, true, false]);
  await rig.artifacts.close();
  expect(await isPublished(view)).toBe(false);
});

test('differs-in-measurements gives the right image with other measurements', async () => {
  const built = await build('differs-in-measurements');
  expect(hashOf(built)).toBe(published('differs-in-measurements'));
  const file = JSON.parse(readFileSync(join(built.workspace, MEASUREMENTS), 'utf8')) as {
    guest_launch_measurements: { measurement: number[]; metadata: { kernel_cmdline: string } }[];
  };
  const told = rig.artifacts.measurements(rig.artifacts.releases.get('differs-in-measurements')!);
  const [first] = file.guest_launch_measurements;
  expect(first!.metadata.kernel_cmdline).toBe(told[0]!.kernel_cmdline);
  expect(Buffer.from(first!.measurement).toString('hex')).not.toBe(told[0]!.measurement);
});

test('floods-log writes two hundred million bytes and builds the right ones', async () => {
  const built = await build('floods-log');
  expect(built.output.length).toBeGreaterThan(200_000_000);
  expect(hashOf(built)).toBe(published('floods-log'));
});

test('hangs ignores TERM and ends only when it is killed', async () => {
  const watch = ['timeout', '--signal=TERM', '--kill-after=1', '2'];
  const { code, output, workspace } = await build('hangs', {}, watch);
  // 124 would say that TERM was enough.
  expect(code).toBe(137);
  expect(output).toContain('waiting for a lock');
  const left = await run('sudo', ['podman', 'ps', '--all', '--quiet', '--filter', `volume=${workspace}`]);
  expect(left.output).not.toBe('');
  // Podman notices only at the first attempt that the process is gone.
  await run('sudo', ['podman', 'rm', '--force', '--time', '0', left.output.trim()]);
  await run('sudo', ['podman', 'rm', '--force', '--time', '0', left.output.trim()]);
});

test('leaves-daemon builds the right bytes and leaves a container that the end of the simnet removes', async () => {
  const built = await build('leaves-daemon');
  expect(built.code).toBe(0);
  expect(hashOf(built)).toBe(published('leaves-daemon'));
  const list = ['podman', 'ps', '--all', '--quiet', '--filter', `label=simnet.home=${built.home}`];
  expect((await run('sudo', list)).output).not.toBe('');
  await rig.artifacts.close();
  expect((await run('sudo', list)).output).toBe('');
});

test('the output is a link or a pipe where a file should be', async () => {
  const at = ({ workspace }: Built): string => join(workspace, IMAGE);
  const linked = await build('symlinks-output');
  expect(lstatSync(at(linked)).isSymbolicLink()).toBe(true);
  expect(hashOf(linked)).toBe(published('symlinks-output'));
  const shared = await build('hard-links-output');
  expect(lstatSync(at(shared)).nlink).toBe(2);
  expect(readdirSync(dirname(shared.workspace)).join()).toContain('simnet-hard-link-');
  expect(lstatSync(at(await build('fifo-output'))).isFIFO()).toBe(true);
});

test('dirties-tree changes a tracked file and builds the right bytes', async () => {
  const built = await build('dirties-tree');
  expect(hashOf(built)).toBe(published('dirties-tree'));
  const { output } = await run('git', ['-C', built.workspace, 'status', '--porcelain']);
  expect(output).toBe(' M README.md\n');
});

test('looks-for-secrets tells where it could read the marker, on the host and in the container', async () => {
  const marker = ['SIMNET', 'SECRET'].join('-');
  const clean = await build('looks-for-secrets');
  expect(clean.output).toContain('== host was searched');
  expect(clean.output).toContain('== container was searched');
  expect(clean.output).not.toContain('FOUND-SECRET');
  expect(hashOf(clean)).toBe(published('looks-for-secrets'));

  mkdirSync(join(rig.scratch, 'data'));
  writeFileSync(join(rig.scratch, 'data/state.db'), `token ${marker}`);
  writeFileSync(join(rig.scratch, '.env'), `TOKEN=${marker}`);
  const careless = await build('looks-for-secrets', { TERM: marker });
  const found = careless.output.split('\n').filter((line) => line.startsWith('FOUND-SECRET'));
  expect(found).toContain(`FOUND-SECRET host ${rig.scratch}/.env`);
  expect(found).toContain(`FOUND-SECRET host ${rig.scratch}/data/state.db`);
  expect(found.some((line) => /^FOUND-SECRET host \/proc\/.*\/environ$/.test(line))).toBe(true);
  expect(found.some((line) => /^FOUND-SECRET container \/proc\/.*\/environ$/.test(line))).toBe(true);
});
