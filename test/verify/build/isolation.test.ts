import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startLoopbackGit, type LoopbackGit } from '../git/loopback-git.ts';
import { build, script } from './fixture-builder.ts';

/** Never as one word in a place where the search itself could find it. */
const SECRET = ['SIMNET', 'SECRET', String(process.pid)].join('-');

let server: LoopbackGit;
let homeFile: string;

beforeAll(async () => {
  server = await startLoopbackGit();
  homeFile = mkdtempSync(join(homedir(), '.nns-watch-test-'));
}, 60_000);
afterEach(() => rmSync(join(homeFile, 'secret'), { force: true }));
afterAll(async () => {
  rmSync(homeFile, { recursive: true, force: true });
  await server.close();
});

const PLACES = '/root /home /tmp /etc/nns-watch /var/lib/nns-watch "$HOME" "$PWD/../.." "$PWD/../../.."';

/** Looks where an attacker would, with the word put together only while it runs. */
const search = (places: string): string => `
word=SIMNET; word="$word-SECRET"
for place in ${places}; do
  grep -rlsF -- "$word" "$place" 2>/dev/null | sed 's/^/FOUND-SECRET /' || :
done
for entry in /proc/[0-9]*; do
  tr '\\0' '\\n' <"$entry/environ" 2>/dev/null | grep -F -- "$word" | sed "s|^|FOUND-SECRET environ $entry |" || :
  for fd in "$entry"/fd/*; do
    case $(readlink "$fd") in */area/*) ;; /*nns-watch*) echo "FOUND-SECRET descriptor $fd" ;; esac
  done
done
env | grep -F -- "$word" | sed 's/^/FOUND-SECRET env /' || :
echo searched $(ls -d /proc/[0-9]* | wc -l) processes
`;

describe('what a build can see of us', () => {
  it('is nothing: no secret in an environment, a descriptor, a home, the data directory or the cache', async () => {
    const file = join(homeFile, 'secret');
    for (const path of [file, join(server.directory, 'data-file'), join(server.cacheDir, 'downloaded')]) {
      writeFileSync(path, SECRET);
    }
    mkdirSync(join(server.directory, 'data'), { recursive: true });
    writeFileSync(join(server.directory, 'data', 'nns-watch.sqlite'), SECRET);
    const settings = join(server.directory, '.env');
    writeFileSync(settings, `DISCORD_BOT_TOKEN=${SECRET}`);
    process.env['DISCORD_BOT_TOKEN'] = SECRET;
    openSync(file, 'r');
    try {
      const built = await build(server, script(search(PLACES)), {
        changes: { hidePaths: [join(server.directory, 'data'), settings] },
      });
      expect(built.log).toMatch(/^searched [1-9]\d? processes$/m);
      expect(built.log).not.toContain('FOUND-SECRET');
    } finally {
      delete process.env['DISCORD_BOT_TOKEN'];
    }
  });

  it('would be found by the same search without the isolation', async () => {
    writeFileSync(join(homeFile, 'secret'), SECRET);
    const found = execFileSync('bash', ['-c', search(homeFile)], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    expect(found).toContain(`FOUND-SECRET ${join(homeFile, 'secret')}`);
  });

  it('is an environment of allowed names only, the same everywhere', async () => {
    const built = await build(server, script('env | sort'));
    const names = built.log.split('\n').flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
    expect(names.filter((name) => !['PWD', 'SHLVL', 'OLDPWD', '_'].includes(name))).toEqual([
      'HOME',
      'LANG',
      'LC_ALL',
      'PATH',
      'TERM',
      'TZ',
      'USER',
    ]);
    expect(built.log).toMatch(/^HOME=.*\/area\/home$/m);
    expect(built.log).toMatch(/^TZ=UTC$/m);
  });

  it('holds its settings of podman, though they lie where it cannot look', async () => {
    const conf = join(homeFile, 'containers.conf');
    writeFileSync(conf, '[engine]\n');
    const built = await build(server, script('cat "$CONTAINERS_CONF"; test ! -e ' + conf), {
      changes: { env: { ...process.env, CONTAINERS_CONF: conf } },
    });
    expect(built.log).toBe('[engine]\n');
  });

  it('lets it write its own area and nothing of ours', async () => {
    const mine = join(server.directory, 'data', 'untouched');
    mkdirSync(join(server.directory, 'data'), { recursive: true });
    writeFileSync(mine, 'mine');
    const text = `(echo theirs > ${mine}) 2>/dev/null || :; rm -rf ${server.cacheDir}/repo; touch /root/x /home/x`;
    const built = await build(server, script(text));
    expect(built.images.get('guestos')?.status).toBe('observed');
    expect(readFileSync(mine, 'utf8')).toBe('mine');
    expect(readFileSync(join(server.cacheDir, 'repo', 'source.git', 'HEAD'), 'utf8')).toContain('ref:');
    expect(() => readFileSync('/root/x')).toThrow();
  });
});
