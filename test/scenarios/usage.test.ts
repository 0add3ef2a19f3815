import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scenarios } from '../../simnet/scenarios/index.ts';
import { openSqlite } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { requireNetwork } from '../../src/store/database-network.ts';
import { loopback } from '../support/loopback.ts';
import { root, runProgram } from '../support/program.ts';

const world = loopback('usage');

const settings = (name: string): Record<string, string> => ({
  HOME: join(world.scratch, name),
  NNS_WATCH_DATA_DIR: join(world.scratch, name, 'data'),
  MIN_DISK_GB: '1',
  MIN_RAM_GB: '1',
  STALL_TIMEOUT: '2s',
});

function scenario(name: string) {
  const found = scenarios.find((candidate) => candidate.name === name);
  if (!found) throw new Error(`no scenario ${name}`);
  return found;
}

describe('wrong usage and settings end with exit code 2 and a sentence', () => {
  it.each([
    [['verify', '-p', '1', '-c', 'a'.repeat(40)], {}, 'not both'],
    [['verify', '-p', 'x'], {}, 'decimal number'],
    [['verify', '-p', '18446744073709551616'], {}, 'decimal number'],
    [['verify', '-c', '-evil'], {}, '--commit'],
    [['verify', '-c', '../../etc/passwd'], {}, '40 hexadecimal digits'],
    [['verify', '-p', '1', '--clean', '--cache-dir', '/tmp/x'], {}, '--clean cannot be used with --cache-dir'],
    [['verify', '-p', '1', '--clean'], { NNS_WATCH_CACHE_DIR: '/tmp/x' }, 'NNS_WATCH_CACHE_DIR'],
    [['verify', '-p', '1', '--dry-run', '--no-build'], {}, '--dry-run builds'],
    [['verify', '-p', '1', '--download-source', 'moon'], {}, 'systems'],
    [['verify', '--nonsense'], {}, 'unknown option'],
    [['nonsense'], {}, 'unknown command'],
    [['verify', '-p', '1', '--env-file', '/nonexistent'], {}, '--env-file must be a readable file'],
    [['verify', '-p', '1'], { NNS_WATCH_NONSENSE: '1' }, 'NNS_WATCH_NONSENSE'],
    [['verify', '-p', '1'], { BUILD_TIMEOUT: 'soon', POLL_CRON: 'never' }, '2 settings cannot be used'],
    [['verify', '-p', '1'], { DATABASE_URL: 'mysql://db/nns' }, 'DATABASE_URL'],
  ])('%j with %j', async (argv, env, sentence) => {
    const { code, stdout, stderr } = await runProgram(argv, { ...settings('usage'), ...env });
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('names a switch or a proxy that cannot be used, in the environment or in the file, and never its value', async () => {
    const cases: [name: string, value: string][] = [
      ['NODE_TLS_REJECT_UNAUTHORIZED', '0'],
      ['GIT_SSL_NO_VERIFY', 'hunter2'],
      ['NODE_OPTIONS', '--tls-keylog=/tmp/hunter2'],
      ['HTTPS_PROXY', 'socks5h://me:hunter2@127.0.0.1:9'],
      ['http_proxy', 'http://me:hunter2#x@127.0.0.1:9'],
      ['HTTPS_PROXY', 'http://me:hunter2%@127.0.0.1:9'],
      ['https_proxy', 'http://me:hunter2@127.0.0.1:99999'],
      ['HTTP_PROXY', 'http://me:hunter2@127.0.0.1:9 '],
      ['ALL_PROXY', 'socks5://me:hunter2@127.0.0.1:9'],
      ['Https_Proxy', 'http://me:hunter2@127.0.0.1:9'],
      ['DISCORD_WEBHOK_URL', 'hunter2'],
    ];
    const outcomes = await Promise.all(
      cases.flatMap(([name, value], at) =>
        [false, true].map(async (inFile) => {
          const file = join(world.scratch, `refused-${at}.env`);
          if (inFile) await writeFile(file, `${name}="${value}"\n`);
          const flags = inFile ? ['--env-file', file] : [];
          const env = { ...settings('refused'), NODE_USE_ENV_PROXY: '1', ...(inFile ? {} : { [name]: value }) };
          const { code, stdout, stderr } = await runProgram(['verify', '-p', '1', ...flags], env);
          const told = stderr.includes(`\n${name} `) && stderr.includes('One setting cannot be used');
          return { name, value, inFile, code, stdout, told, leaks: /hunter2|\n\s+at /.test(stderr) };
        }),
      ),
    );
    expect(outcomes).toEqual(
      outcomes.map(({ name, value, inFile }) => ({
        name,
        value,
        inFile,
        code: 2,
        stdout: '',
        told: true,
        leaks: false,
      })),
    );
  });

  it('never prints a secret that is part of a problem', async () => {
    const env = { ...settings('secret'), DISCORD_WEBHOOK_URL: 'https://evil.example/SIMNET-SECRET', MIN_DISK_GB: 'x' };
    const { code, stderr } = await runProgram(['verify', '-p', '1'], env);
    expect(code).toBe(2);
    expect(stderr).toContain('DISCORD_WEBHOOK_URL');
    expect(stderr).not.toContain('SIMNET-SECRET');
  });
});

describe('the launcher', () => {
  it('names what is missing instead of crashing where only an old Node is there', async () => {
    const bare = join(world.scratch, 'bare');
    await mkdir(join(bare, 'bin'), { recursive: true });
    await writeFile(join(bare, 'node'), '#!/bin/sh\n[ "$1" = --version ] && echo v20.20.2 && exit 0\nexit 1\n');
    await chmod(join(bare, 'node'), 0o755);
    spawnSync('cp', [join(root, 'bin/nns-watch'), join(bare, 'bin/nns-watch')]);
    const { status, stderr } = spawnSync(join(bare, 'bin/nns-watch'), ['--version'], {
      env: { PATH: `${bare}:/usr/bin:/bin` },
      encoding: 'utf8',
    });
    expect(status).toBe(2);
    expect(stderr).toContain('needs Node.js 22.22 or newer; found v20.20.2');
  });
});

describe('a proxy', () => {
  it('that asks for a password, or is given without a scheme, is used for everything', async () => {
    const view = await world.simnet.openView(scenario('no-build'));
    const refused: string[] = [];
    const wanted = `Basic ${Buffer.from('alice:p@ss').toString('base64')}`;
    const asking = createServer().on('connect', (request: IncomingMessage, socket: Socket) => {
      socket.on('error', () => undefined);
      const given = request.headers['proxy-authorization'];
      if (given !== wanted) refused.push(request.url ?? '');
      if (given !== wanted) socket.end('HTTP/1.1 407 x\r\nproxy-authenticate: Basic\r\ncontent-length: 0\r\n\r\n');
      else {
        const onward = connect(Number(new URL(view.proxyUrl).port), '127.0.0.1');
        onward.write(`CONNECT ${request.url ?? ''} HTTP/1.1\r\n\r\n`);
        // Either side may go at any time.
        onward.on('error', () => socket.destroy());
        socket.pipe(onward).pipe(socket);
      }
    });
    await new Promise<void>((done) => asking.listen(0, '127.0.0.1', done));
    const address = `alice:p%40ss@127.0.0.1:${(asking.address() as AddressInfo).port}`;
    const env = { ...view.env, ...settings('proxy'), HTTPS_PROXY: address, HTTP_PROXY: '' };
    const argv = ['verify', '-p', String(view.proposalId), '--guestos', '--no-build', '--json'];
    const { stdout } = await runProgram(argv, env);
    // The images of the loopback Internet are no images of disks.
    const caveats = [{ id: 'measurements-from-image/not-published' }];
    expect(JSON.parse(stdout)).toMatchObject({ verdict: { reasons: ['not-built'], caveats } });
    expect(refused).toEqual([]);
    asking.close().closeAllConnections();
    await view.close();
  });
});

describe('the exit code says what was found, never that a stream broke', () => {
  const shell = (command: string): number | null =>
    spawnSync('bash', ['-c', command], { env: { PATH: process.env['PATH'], BIN: join(root, 'bin/nns-watch') } }).status;

  it.each([
    ['"$BIN" --help | true; exit ${PIPESTATUS[0]}', 0],
    ['"$BIN" --help >/dev/full', 70],
    ['"$BIN" verify -p x 2> >(true)', 2],
    ['"$BIN" verify -p x 2>/dev/full', 2],
  ])('%s', (command, code) => {
    expect(shell(command)).toBe(code);
  });

  it('is 130 also where only a plan was asked for, and nobody answers', async () => {
    const view = await world.simnet.openView(scenario('all-boundary-nodes-stall'));
    const env = { ...view.env, ...settings('plan-interrupted'), STALL_TIMEOUT: '60s' };
    const how = { interruptWhile: () => view.requests.length > 0 };
    const { code, stdout } = await runProgram(['verify', '-p', '1', '--plan'], env, how);
    expect([code, stdout]).toEqual([130, '']);
    await view.close();
  });
});

describe('a data directory that another network made', () => {
  it('is verified with by hand, apart from what is in it, and no service starts in it', async () => {
    const view = await world.simnet.openView(scenario('no-build'));
    const own = settings('elsewhere');
    const database = openSqlite(join(own['NNS_WATCH_DATA_DIR'] ?? '', 'nns-watch.sqlite'));
    await migrate(database);
    await requireNetwork(database.db, 'mainnet');
    const id = String(view.proposalId);
    const { stdout } = await runProgram(['verify', '-p', id, '--guestos', '--no-build', '--json'], {
      ...view.env,
      ...own,
    });
    const network = expect.stringMatching(/^NOT MAINNET: IC_ROOT_KEY/) as string;
    expect(JSON.parse(stdout)).toMatchObject({ network, proposal: { id }, verdict: { reasons: ['not-built'] } });
    expect(await database.db.selectFrom('proposals').select('id').execute()).toEqual([]);
    await database.close();

    expect(await runProgram(['show', id], own)).toMatchObject({ code: 2, stdout: '' });
    const shown = await runProgram(['show', view.release.commit, '--json'], own);
    expect(JSON.parse(shown.stdout)).toMatchObject({
      network,
      verdict: { headline: expect.stringMatching(/^NOT MAINNET/) as string },
    });
    const watch = await runProgram(['watch'], { ...view.env, ...own });
    expect(watch).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringContaining('(mainnet) than these (NOT MAINNET') as string,
    });
    await view.close();
  });
});

describe('HEAD mode', () => {
  const git = (cwd: string, ...args: string[]): string => {
    const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
    return spawnSync('git', [...who, ...args], { cwd, encoding: 'utf8' }).stdout.trim();
  };

  it('takes HEAD of the IC repository around it, and nothing of any other', async () => {
    const view = await world.simnet.openView({ ...scenario('commit-mode'), command: ['verify', '--plan', '--json'] });
    const env = { ...view.env, ...settings('head') };
    const clone = join(world.scratch, 'clone');
    await mkdir(clone);
    git(clone, 'init', '-q');
    git(clone, 'commit', '-q', '--allow-empty', '-m', 'x');
    const outside = await runProgram(['verify', '--plan'], env, { cwd: clone });
    expect([outside.code, outside.stderr]).toEqual([2, expect.stringContaining('--proposal-id or --commit')]);

    git(clone, 'remote', 'add', 'origin', 'git@github.com:dfinity/ic.git');
    const inside = await runProgram(['verify', '--plan'], env, { cwd: clone });
    expect(inside.code).toBe(0);
    expect(inside.stdout).toContain(git(clone, 'rev-parse', 'HEAD'));
    await view.close();
  });
});

it('ends with 130 when it is interrupted, and leaves no build running', async () => {
  const view = await world.simnet.openView(scenario('build-hangs'));
  const env = { ...view.env, ...settings('interrupted') };
  const ran = await runProgram(['verify', '-p', String(view.proposalId), '--guestos'], env, {
    interruptWhen: /attempt 1/,
  });
  expect(ran.code).toBe(130);
  const running = spawnSync('pgrep', ['-f', join(world.scratch, 'interrupted')], { encoding: 'utf8' }).stdout;
  expect(running).toBe('');
  await view.close();
});
