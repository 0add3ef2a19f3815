import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Exec, ProcessResult } from '../../../src/platform/exec.ts';
import { removeDeadContainers } from '../../../src/verify/build/leftovers.ts';
import { sweepWorkspaces } from '../../../src/verify/build/upkeep.ts';

const ID = 'a'.repeat(64);
const DEAD_OWNER = 'tmp-4194304-1-x';

type Said = string | number;

/** Podman as a list of answers by its first words; a number is an exit code. Without an answer it fails. */
function podman(answers: Readonly<Record<string, Said | (() => Said)>>) {
  const asked: string[] = [];
  const exec: Exec = {
    run: ({ argv }) => {
      const words = argv.slice(argv.indexOf('podman') + 1);
      const name = words[0] === 'container' ? 'exists' : (words[0] ?? '');
      asked.push(name);
      const given = answers[name] ?? 125;
      const said = typeof given === 'function' ? given() : given;
      const code = typeof said === 'number' ? said : 0;
      return Promise.resolve({
        ...({ cause: 'exited', signal: null, stderr: '', truncated: false } as const),
        ...{
          exitCode: code,
          stdout: typeof said === 'string' ? said : '',
          stdoutBytes: 0,
          seconds: 0,
          startError: null,
        },
      } satisfies ProcessResult);
    },
  };
  const clock = { now: () => Date.now(), sleep: async () => undefined };
  const user = { uid: 0, gid: 0, name: 'root', home: '/root' };
  const remove = (workspaces: readonly string[]) => removeDeadContainers(0, { exec, clock, user, env: {} }, workspaces);
  return { remove, asked };
}

const listed = (State: string): string => JSON.stringify([{ Id: ID, Created: 1, State }]);
const mounts = (path: string): string => JSON.stringify([{ Source: path }]);

describe('containers of dead builders', () => {
  it.each([
    ['podman lists nothing at all', { ps: 125 }],
    ['podman lists no list', { ps: 'Error: no such container' }],
    ['one of them does not tell what it was given', { ps: listed('exited'), inspect: 125, exists: 0 }],
  ])('are left alone where %s, however often it is asked', async (_, answers) => {
    const { remove, asked } = podman(answers);
    expect(await remove(['/cache/tmp-1'])).toBeNull();
    expect(asked.filter((name) => name === ('inspect' in answers ? 'inspect' : 'ps'))).toHaveLength(5);
    expect(asked).not.toContain('rm');
  });

  it('are found though others come and go while podman lists them', async () => {
    let failures = 4;
    const { remove, asked } = podman({
      ps: () => (failures-- > 0 ? 125 : listed('exited')),
      inspect: mounts('/cache/tmp-1/area'),
      rm: '',
    });
    expect(await remove(['/cache/tmp-1'])).toBe(0);
    expect(asked).toContain('rm');
  });

  it('that went meanwhile are no reason to stop', async () => {
    const { remove } = podman({ ps: listed('exited'), inspect: 125, exists: 1 });
    expect(await remove(['/cache/tmp-1'])).toBe(0);
  });
});

describe('workspaces of dead builders', () => {
  let cacheDir: string;
  beforeEach(async () => {
    cacheDir = await mkdtemp(join(tmpdir(), 'nns-watch-sweep-'));
    await mkdir(join(cacheDir, DEAD_OWNER));
    await writeFile(join(cacheDir, DEAD_OWNER, 'began'), '');
  });
  afterEach(() => rm(cacheDir, { recursive: true }));
  const nobody = (): Promise<void> => Promise.resolve();

  it('stay where a container that nobody could list may still use them', async () => {
    const { remove } = podman({ ps: 125 });
    const clean = await sweepWorkspaces(cacheDir, 0, nobody, async ({ paths }) => (await remove(paths)) !== null);
    expect(clean).toBe(false);
    expect(await readdir(cacheDir)).toEqual([DEAD_OWNER]);
  });

  it('go where podman has none', async () => {
    const { remove } = podman({ ps: '[]' });
    const clean = await sweepWorkspaces(cacheDir, 0, nobody, async ({ paths }) => (await remove(paths)) !== null);
    expect(clean).toBe(true);
    expect(await readdir(cacheDir)).toEqual([]);
  });
});
