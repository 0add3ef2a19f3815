import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ProcessResult } from '../../../src/platform/exec.ts';
import { fetchFailure } from '../../../src/verify/git/git.ts';
import { gitEnvironment, gitOptions } from '../../../src/verify/git/git-env.ts';
import { createRootsFile } from '../../../src/verify/git/roots-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'nns-watch-roots-'));
afterAll(() => rmSync(directory, { recursive: true }));

describe('what git is given', () => {
  it('is the proxies and the path of ours, and no configuration of anybody', () => {
    const ours = { PATH: '/bin', HTTPS_PROXY: 'http://u:p@proxy', no_proxy: 'here', GITHUB_TOKEN: 'x', GIT_DIR: '/x' };
    expect(gitEnvironment(ours, '/roots.pem')).toEqual({
      HTTPS_PROXY: 'http://u:p@proxy',
      https_proxy: 'http://u:p@proxy',
      no_proxy: 'here',
      GIT_HTTP_PROXY_AUTHMETHOD: 'basic',
      PATH: '/bin',
      HOME: '/nonexistent',
      LC_ALL: 'C',
      TZ: 'UTC',
      GIT_TERMINAL_PROMPT: '0',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_ATTR_NOSYSTEM: '1',
      GIT_LITERAL_PATHSPECS: '1',
      GIT_NO_REPLACE_OBJECTS: '1',
      GIT_SSL_CAINFO: '/roots.pem',
    });
  });

  it('is the one proxy for everything, and none where there is none', () => {
    const proxyOf = (ours: Record<string, string>) => gitEnvironment(ours, null)['https_proxy'];
    expect(proxyOf({ HTTP_PROXY: 'http://plain' })).toBe('http://plain');
    expect(proxyOf({ HTTP_PROXY: 'http://plain', https_proxy: 'http://tls' })).toBe('http://tls');
    expect(proxyOf({ HTTPS_PROXY: 'http://tls', https_proxy: 'http://lower' })).toBe('http://lower');
    expect(proxyOf({})).toBeUndefined();
  });

  it('allows the named transports only, and runs no hook', () => {
    const options = gitOptions({ protocols: ['https'], stallSeconds: 60 }).filter((word) => word !== '-c');
    expect(options.filter((word) => word.startsWith('protocol.'))).toEqual([
      'protocol.allow=never',
      'protocol.https.allow=always',
    ]);
    expect(options).toContain('core.hooksPath=/dev/null');
    expect(options).toContain('http.lowSpeedTime=60');
    expect(gitOptions({ protocols: [], stallSeconds: 1 }).join(' ')).not.toContain('always');
  });
});

describe('the roots that git trusts', () => {
  const extra = join(directory, 'extra.pem');
  const system = join(directory, 'system.pem');
  writeFileSync(extra, 'EXTRA\n');
  writeFileSync(system, 'SYSTEM\n');

  it('are the system and the extra ones in one file', async () => {
    const env = { NODE_EXTRA_CA_CERTS: extra, GIT_SSL_CAINFO: system };
    const path = await createRootsFile(env, join(directory, 'repo'))();
    expect(readFileSync(path ?? '', 'utf8')).toBe('SYSTEM\n\nEXTRA\n');
  });

  it('are left to git, or to the operator, where there are no extra ones', async () => {
    expect(await createRootsFile({}, directory)()).toBeNull();
    expect(await createRootsFile({ GIT_SSL_CAINFO: system }, directory)()).toBe(system);
  });

  it('are not made up where the extra ones cannot be read', async () => {
    const missing = join(directory, 'later.pem');
    const roots = createRootsFile({ NODE_EXTRA_CA_CERTS: missing, GIT_SSL_CAINFO: system }, join(directory, 'repo'));
    await expect(roots()).rejects.toMatchObject({ code: 'extra-roots' });
    writeFileSync(missing, 'LATER\n');
    expect(readFileSync((await roots()) ?? '', 'utf8')).toBe('SYSTEM\n\nLATER\n');
  });
});

describe('why a fetch failed', () => {
  const result = (stderr: string, changes: Partial<ProcessResult> = {}): ProcessResult => ({
    cause: 'exited',
    exitCode: 128,
    signal: null,
    stdout: '',
    stderr,
    truncated: false,
    stdoutBytes: 0,
    seconds: 1,
    startError: null,
    ...changes,
  });

  it.each([
    ['fatal: remote error: upload-pack: not our ref 1234', 'not-there'],
    ["fatal: couldn't find remote ref 1234", 'not-there'],
    ['error: Server does not allow request for unadvertised object 1234', 'refused'],
    ["fatal: unable to access 'https://github.com/': Could not resolve host: github.com", 'unreachable'],
    ["fatal: repository 'https://github.com/dfinity/ic/' not found", 'unreachable'],
    ['fatal: early EOF\nfatal: fetch-pack: invalid index-pack output', 'unreachable'],
    ["error: cannot lock ref 'refs/heads/x'", 'local'],
    ['fatal: fsck error in packed object\nfatal: fetch-pack: invalid index-pack output', 'local'],
    ['remote: not our ref, says a page\nfatal: unable to access', 'unreachable'],
    ['remote: not our ref, says a page', 'local'],
  ])('%j is %s', (stderr, failure) => {
    expect(fetchFailure(result(stderr))).toBe(failure);
  });

  it('is not read off the words of a call that did not end by itself', () => {
    const words = 'fatal: remote error: not our ref 1234';
    expect(fetchFailure(result(words, { cause: 'stalled' }))).toBe('unreachable');
    expect(fetchFailure(result(words, { cause: 'cancelled' }))).toBe('cancelled');
    expect(fetchFailure(result(words, { cause: 'signalled' }))).toBe('local');
    expect(fetchFailure(result(words, { cause: 'signalled', signal: 'SIGKILL' }))).toBe('unfit');
    expect(fetchFailure(result('', { cause: 'not-started' }))).toBe('unfit');
  });

  it('is this machine’s where it has no room or no permission, and not the server’s who only says so', () => {
    for (const words of ['fatal: write error: Input/output error', 'error: open: Too many open files'])
      expect(fetchFailure(result(words))).toBe('unfit');
    expect(fetchFailure(result('remote: fatal: Input/output error'))).toBe('local');
    const refused = "fatal: unable to access 'https://github.com/dfinity/ic/': Permission denied";
    expect(fetchFailure(result(refused))).toBe('unreachable');
  });
});
