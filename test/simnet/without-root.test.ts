import { execFileSync } from 'node:child_process';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const programs = resolve(import.meta.dirname, '../../simnet/without-root');
const PATH = `${programs}:/usr/bin:/bin`;
const call = (argv: readonly string[], env: Record<string, string> = {}): string =>
  execFileSync('sudo', argv, { env: { PATH, HOME: '/', ...env }, encoding: 'utf8' });

describe('the stand-ins for sudo and podman', () => {
  it('run a container’s command as a plain process, with what the call passes and nothing else', () => {
    const run = ['-n', '--', 'podman', '--runtime', 'runc', 'run', '--ulimit', 'nofile=1:1', '-i', '--privileged'];
    const passed = ['-e', 'VERSION=a b', '-e', 'GIVEN', '-v', '/x:/y'];
    const command = ['sh', '-c', 'echo "$VERSION/$GIVEN/$DFINITY_CONTAINER/${SECRET:-none}"; exit 0'];
    const said = call([...run, ...passed, 'localhost/ic-build:fixture', ...command], { GIVEN: 'x', SECRET: 'y' });
    expect(said).toBe('No container: this build runs as plain processes in a user namespace.\na b/x/true/none\n');
  });

  it('say what they are, and that no container is left', () => {
    expect(call(['-n', 'podman', '--version'])).toContain('stand-in');
    expect(call(['-n', '--', 'podman', 'ps', '--format', 'json'])).toBe('[]\n');
    expect(call(['-n', 'true'])).toBe('');
  });

  it('give the exit code of what they ran', () => {
    const fails = ['-n', 'podman', 'run', 'localhost/ic-build:fixture', 'sh', '-c', 'exit 7'];
    expect(() => call(fails)).toThrow(expect.objectContaining({ status: 7 }));
  });
});
