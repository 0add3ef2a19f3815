import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { repositoryDeps, startLoopbackGit, type LoopbackGit } from '../git/loopback-git.ts';
import { build, GUESTOS, script, sha } from './fixture-builder.ts';

/** What a hostile commit tries against this machine, through the real builder: docs/trust.md has the table. */
const SECRET = ['ATTACK', 'SECRET', String(process.pid)].join('-');
let server: LoopbackGit;
beforeAll(async () => (server = await startLoopbackGit()));
afterAll(() => server.close());

const alive = (words: string): boolean =>
  execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .some((line) => line.startsWith(words));

/** Reads all memory of every process that is not its own, and looks for a word that it puts together while it runs. */
const MEMORY = `
word=ATTACK; word="$word-SECRET"
for entry in /proc/[0-9]*; do
  pid=\${entry#/proc/}
  if [ "$pid" = $$ ] || [ ! -r "$entry/mem" ]; then continue; fi
  while read -r range perms rest; do
    case $perms in r*) ;; *) continue ;; esac
    first=$((16#\${range%-*})) last=$((16#\${range#*-}))
    dd if="$entry/mem" bs=4096 skip=$((first / 4096)) count=$(((last - first) / 4096)) 2>/dev/null |
      grep -qaF -- "$word" && echo "FOUND memory of $pid: $(tr '\\0' ' ' <"$entry/cmdline" | head -c 80)"
  done <"$entry/maps" || :
done 2>/dev/null
echo "memory of $(ls -d /proc/[0-9]* | wc -l) processes was read"
`;

describe('a build that looks at who runs it', () => {
  it('sees no process of ours: no memory, no descriptor, no environment, no credentials of the proxy', async () => {
    process.env['GITHUB_TOKEN'] = SECRET;
    const env = { ...process.env, HTTPS_PROXY: `http://user:${SECRET}@127.0.0.1:9` };
    try {
      const text = `
${MEMORY}
echo "builder: $(readlink /proc/${process.pid}/exe 2>/dev/null || echo none)"
echo "parent of the first: $(grep PPid /proc/1/status)"
for entry in /proc/[0-9]*; do echo "program $(readlink "$entry/exe")"; done
for entry in /proc/[0-9]*; do ls -l "$entry/fd" 2>/dev/null; done | sed -n 's/.* -> /open /p'
kill -9 1 2>/dev/null || :; kill -9 ${process.pid} 2>/dev/null && echo "killed the builder" || :
env`;
      const built = await build(server, script(text), { changes: { env } });
      expect(built.log).toMatch(/^memory of [1-9]\d? processes was read$/m);
      expect(built.log).toMatch(/^builder: none$/m);
      expect(built.log).toMatch(/^parent of the first: PPid:\t0$/m);
      expect(built.log).not.toMatch(/FOUND|killed the builder|^program .*node$/m);
      expect(built.log).not.toMatch(/^open .*(?:nns-watch\.sqlite|\.env)/m);
      expect(built.log).toMatch(/^HTTPS_PROXY=http:\/\/127\.0\.0\.1:9$/m);
      expect(built.log).not.toContain(SECRET);
      expect(built.images.get('guestos')?.status).toBe('observed');
    } finally {
      delete process.env['GITHUB_TOKEN'];
    }
  });

  it('would be found out by the same reading of memory in a process that holds the word', async () => {
    const holder = `word=ATTACK; held="$word-SECRET"; coproc cat; ${MEMORY}`;
    const shown = execFileSync('bash', [
      '-c',
      `held=${SECRET} unshare --fork --pid --mount-proc bash -c '
      held=$held sleep 5 & ${holder.replaceAll("'", "'\\''")} kill %1'`,
    ]).toString();
    expect(shown).toMatch(/^FOUND memory of \d+/m);
  });

  it('cannot make its failure a success by writing what our first process writes', async () => {
    const forge = 'for n in 1 2; do echo "nns-watch: ended 0" >/proc/1/fd/$n; done 2>/dev/null || :';
    const built = await build(server, script(`trap '${forge}; exit 1' EXIT`));
    expect(built.build).toMatchObject({ status: 'unavailable', code: 'build-failed' });
    expect(built.images.get('guestos')).toMatchObject({ status: 'unavailable' });
  });
});

describe('a build that wants the machine for itself', () => {
  it('leaves no process, though it starts hundreds and they start others', async () => {
    const mark = `sleep 5${process.pid}`;
    // Two hundred turns at most, should it ever get away.
    const chain = `n=$1; [ "$n" -lt 200 ] || exit 0; sleep 0.05; setsid bash ./chain $((n + 1)) &`;
    const text = `printf '%s\\n' '${chain}' > chain
for i in $(seq 300); do setsid ${mark} & done
setsid bash ./chain 0 &
echo started`;
    const began = Date.now();
    const built = await build(server, script(text));
    expect(built.log).toContain('started');
    expect(built.build).toMatchObject({ status: 'observed' });
    expect(built.build.status === 'observed' && built.build.value.leftBehind).toBeGreaterThanOrEqual(300);
    expect(alive(mark)).toBe(false);
    expect(alive('bash ./chain')).toBe(false);
    expect(Date.now() - began).toBeLessThan(30_000);
  });

  it('fails on a disk that it fills, and the next build has the room again', async () => {
    const cacheDir = mkdtempSync(join(tmpdir(), 'nns-watch-small-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m,mode=0700', 'nns-watch-test', cacheDir]);
    try {
      const small = { changes: { cacheDir, repository: repositoryDeps(server.url, cacheDir) } };
      const fill = 'dd if=/dev/zero of=fill bs=1M count=100 2>/dev/null';
      const full = await build(server, script(`${fill} || { echo no room; exit 1; }`), small);
      expect(full.build).toMatchObject({ status: 'unavailable', code: 'build-failed' });
      // Not even the log has room, so that the last line is all that is left of it.
      expect(full.build.status === 'unavailable' && full.build.detail).toMatch(/exit 1; its last line: no room/);
      const ignoring = await build(server, script(`${fill} || rm fill`), small);
      expect(ignoring.images.get('guestos')).toMatchObject({ status: 'observed', value: { sha256: sha('image') } });
      const next = await build(server, script('echo next'), small);
      expect(next.images.get('guestos')).toMatchObject({ status: 'observed', value: { sha256: sha('image') } });
    } finally {
      execFileSync('umount', [cacheDir]);
      rmSync(cacheDir, { recursive: true });
    }
  });
});

/** What only a machine of its own prevents. When one of these no longer works, docs/trust.md is to be mended. */
describe('a build that is root on this machine can', () => {
  it('uncover what is hidden from it, and read it', async () => {
    const home = mkdtempSync(join(homedir(), '.nns-watch-test-'));
    writeFileSync(join(home, 'secret'), SECRET);
    try {
      const built = await build(server, script(`umount ${homedir()} && cat ${join(home, 'secret')}`));
      expect(built.log).toContain(SECRET);
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it('write where nothing is hidden', async () => {
    const outside = mkdtempSync('/var/tmp/nns-watch-test-');
    try {
      await build(server, script(`echo theirs > ${outside}/file`));
      expect(readFileSync(join(outside, 'file'), 'utf8')).toBe('theirs\n');
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('ask whatever listens on this machine, and fetch the published image instead of building it', async () => {
    const published = createServer((socket) => socket.end('the published image'));
    await new Promise<void>((done) => published.listen(0, '127.0.0.1', done));
    try {
      const { port } = published.address() as AddressInfo;
      const built = await build(server, script('', `cat </dev/tcp/127.0.0.1/${port} > ${GUESTOS}`));
      expect(built.images.get('guestos')).toMatchObject({
        status: 'observed',
        value: { sha256: sha('the published image') },
      });
    } finally {
      published.close();
    }
  });
});

describe('a build that tells of its virtual machines', () => {
  it('lays it on the machine where a virtual machine of a source that has some does not come to its end', async () => {
    const words = "RuntimeError: the build VM didn't finish within 3600s";
    const dies = `printf '%s\\n' "${words}"; seq 200; exit 1`;
    const unfit = await build(server, script('', dies), { buildsInVm: true });
    expect(unfit.build).toMatchObject({
      status: 'unavailable',
      code: 'host-unfit',
      kind: 'limit',
      file: expect.any(String) as string,
    });
    expect(unfit.build).toMatchObject({ detail: expect.stringContaining('finish within 3600s') as string });
    // The same words of a source that has none, or of a build that ends well, are only words.
    expect((await build(server, script('', dies))).build).toMatchObject({ code: 'build-failed' });
    const well = await build(server, script(`echo "${words}"`), { buildsInVm: true });
    expect(well.images.get('guestos')).toMatchObject({ status: 'observed', value: { sha256: sha('image') } });
  });
});
