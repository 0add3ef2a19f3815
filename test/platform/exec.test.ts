import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createExec, type ProcessResult, type RunOptions } from '../../src/platform/exec.ts';

const directory = mkdtempSync(join(tmpdir(), 'nns-watch-exec-'));
afterAll(() => rmSync(directory, { recursive: true }));

function sh(text: string, options: Partial<RunOptions> = {}): Promise<ProcessResult> {
  return createExec().run({
    argv: ['/bin/sh', '-c', text],
    cwd: directory,
    env: { PATH: '/usr/bin:/bin' },
    outputLimit: 10_000,
    ...options,
  });
}

const alive = (words: string): boolean =>
  execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n').includes(words);

describe('how a process ended', () => {
  it('exited, with its code and both outputs', async () => {
    expect(await sh('echo out; echo err >&2; exit 3')).toMatchObject({
      cause: 'exited',
      exitCode: 3,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
      truncated: false,
      startError: null,
    });
  });

  it('signalled, by somebody else', async () => {
    expect(await sh('kill -SEGV $$')).toMatchObject({ cause: 'signalled', exitCode: null, signal: 'SIGSEGV' });
  });

  it('timed out, and its children with it', async () => {
    const mark = `sleep 31${process.pid}`;
    const result = await sh(`${mark} & ${mark}`, { timeoutMs: 200, killAfterMs: 200 });
    expect(result.cause).toBe('timed-out');
    expect(alive(mark)).toBe(false);
  });

  it('timed out, though it ignores TERM', async () => {
    const began = performance.now();
    const result = await sh("trap '' TERM; while :; do sleep 0.1; done", { timeoutMs: 200, killAfterMs: 300 });
    expect(result).toMatchObject({ cause: 'timed-out', signal: 'SIGKILL' });
    expect(performance.now() - began).toBeGreaterThan(450);
  });

  it('stalled, where nothing was written for too long', async () => {
    expect((await sh('echo begun; sleep 30', { stallMs: 300, killAfterMs: 100 })).cause).toBe('stalled');
    // Longer in all than what counts as a stall, with pauses far below it: a busy machine pauses as well.
    const busy = await sh('for i in $(seq 25); do echo $i; sleep 0.1; done', { stallMs: 1500 });
    expect(busy.cause).toBe('exited');
  });

  it('cancelled, while it ran or before it began', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    expect((await sh('sleep 30', { signal: stop.signal, killAfterMs: 100 })).cause).toBe('cancelled');
    const deaf = await sh("trap '' TERM; while :; do sleep 0.1; done", { signal: AbortSignal.timeout(100) });
    expect([deaf.cause, deaf.seconds < 8]).toEqual(['cancelled', true]);
    const before = await sh('touch begun', { signal: AbortSignal.abort() });
    expect(before).toMatchObject({ cause: 'cancelled', exitCode: null });
    expect(() => readFileSync(join(directory, 'begun'))).toThrow();
  });

  it.each([[['/no/such/program']], [[join(tmpdir())]], [['/bin/sh', 'with a \0 in it']]] as [
    readonly [string, ...string[]],
  ][])('was not started: %j', async (argv) => {
    const result = await sh('', { argv });
    expect(result).toMatchObject({ cause: 'not-started', exitCode: null });
    expect(result.startError).toBeTruthy();
  });

  it('does not wait for what it left behind with its output', async () => {
    const mark = `sleep 32${process.pid}`;
    const began = performance.now();
    expect(await sh(`${mark} & echo done`)).toMatchObject({ cause: 'exited', exitCode: 0, stdout: 'done\n' });
    expect(performance.now() - began).toBeLessThan(10_000);
    expect(alive(mark)).toBe(false);
  });
});

describe('what a process is given', () => {
  it('is the environment that was named, and nothing of ours', async () => {
    process.env['NNS_WATCH_TEST_SECRET'] = 'word';
    const { stdout } = await sh('/usr/bin/env', { argv: ['/usr/bin/env'], env: { ONE: '1' } });
    delete process.env['NNS_WATCH_TEST_SECRET'];
    expect(stdout).toBe('ONE=1\n');
  });

  it('is its input, or none at all', async () => {
    expect((await sh('cat', { stdin: 'words' })).stdout).toBe('words');
    expect((await sh('cat')).stdout).toBe('');
    expect((await sh('exit 0', { stdin: 'x'.repeat(1_000_000) })).cause).toBe('exited');
  });

  it('is an open lifeline that ends when KILL is due', async () => {
    const began = performance.now();
    const text = "trap '' TERM; cat; echo cut";
    const result = await sh(text, { lifeline: true, timeoutMs: 200, killAfterMs: 200 });
    expect(result.cause).toBe('timed-out');
    expect(performance.now() - began).toBeGreaterThan(350);
  });

  it('is no shell: an argument is an argument', async () => {
    const { stdout } = await sh('', { argv: ['/bin/echo', '$(id)', '; id', '`id`'] });
    expect(stdout).toBe('$(id) ; id `id`\n');
  });
});

describe('its output', () => {
  it('keeps the beginning and the end, and shows how much is missing', async () => {
    const { stdout, truncated, stdoutBytes } = await sh('echo first; yes | head -c 1000000; echo last');
    expect(truncated).toBe(true);
    expect(stdoutBytes).toBe(1_000_011);
    expect(stdout.startsWith('first\n')).toBe(true);
    expect(stdout.endsWith('last\n')).toBe(true);
    const missing = Number(/\[\.\.\. (\d+) bytes were not kept \.\.\.\]/.exec(stdout)?.[1]);
    expect(missing).toBe(1_000_011 - 10_000);
  });

  it.each([9_999, 10_000])('is whole at %i bytes of 10000', async (bytes) => {
    const result = await sh(`yes | head -c ${bytes}`);
    expect(result.truncated).toBe(false);
    expect(result.stdout).toHaveLength(bytes);
  });

  it('is not whole at one byte more', async () => {
    expect((await sh('yes | head -c 10001')).truncated).toBe(true);
  });

  it('goes to a log file with a limit of its own, quickly', async () => {
    const path = join(directory, 'log');
    const began = performance.now();
    const result = await sh('yes | head -c 200000000; echo last', { logFile: { path, limit: 1_000_000 } });
    expect(result).toMatchObject({ cause: 'exited', stdout: '', truncated: true, stdoutBytes: 200_000_005 });
    const log = readFileSync(path, 'utf8');
    expect(log.length).toBeLessThan(1_000_100);
    expect(log.endsWith('last\n')).toBe(true);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('never goes over a file that is there already', async () => {
    const path = join(directory, 'there');
    await sh('echo one', { logFile: { path, limit: 100 } });
    expect(await sh('echo two', { logFile: { path, limit: 100 } })).toMatchObject({ cause: 'not-started' });
    expect(readFileSync(path, 'utf8')).toBe('one\n');
  });

  it('is told line by line', async () => {
    const lines: string[] = [];
    await sh('printf one; sleep 0.1; echo " two"; sleep 0.1; echo three; printf rest', {
      onLine: (l) => lines.push(l),
    });
    expect(lines).toEqual(['one two', 'three']);
  });
});
