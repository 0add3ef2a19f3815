import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/operator/config.ts';
import { examine, type Examination, type Line } from '../../src/doctor/examine.ts';
import { fixFor } from '../../src/doctor/fix.ts';
import { ok, problem, warning, type Probe } from '../../src/doctor/probe.ts';
import type { DoctorPorts } from '../../src/doctor/ports.ts';
import { network } from '../../src/doctor/secrecy.ts';

const SECRET = 'A-SECRET-TOKEN';
const config = loadConfig({ GITHUB_TOKEN: SECRET, MIN_DISK_GB: '7' });
const ports = { config, clock: { now: () => 42 } } as unknown as DoctorPorts;

function examined(...probes: Probe[]): Promise<Examination> {
  return examine([{ title: 'Test', probes: () => probes }], ports, new AbortController().signal);
}

describe('an examination', () => {
  it('is healthy with warnings, and not with one problem', async () => {
    const fine: Probe = { id: 'fine', probe: () => ok('fine') };
    const odd: Probe = { id: 'odd', probe: () => warning('odd', 'look') };
    const bad: Probe = { id: 'bad', probe: () => problem('bad', 'act') };
    expect((await examined(fine, odd)).healthy).toBe(true);
    expect((await examined(fine, odd, bad)).healthy).toBe(false);
  });

  it('of nothing is not healthy', async () => {
    expect((await examined()).healthy).toBe(false);
  });

  it('makes a problem of a look that throws, and looks at the others all the same', async () => {
    const throws: Probe = {
      id: 'throws',
      probe: () => {
        throw new Error('no such thing');
      },
    };
    const rejects: Probe = { id: 'rejects', probe: () => Promise.reject(new Error(`it is ${SECRET}\u001b[31m`)) };
    const { lines, healthy } = await examined(throws, rejects, { id: 'fine', probe: () => ok('fine') });
    expect(healthy).toBe(false);
    expect(lines.map(({ outcome }) => outcome)).toEqual(['problem', 'problem', 'ok']);
    expect(lines[0]?.sentence).toContain('no such thing');
    expect(JSON.stringify(lines)).not.toMatch(/A-SECRET-TOKEN|\\u001b/);
  });

  it('makes a problem of a look that takes too long', async () => {
    const { lines } = await examined({ id: 'slow', limitMs: 30, probe: () => new Promise(() => undefined) });
    expect(lines).toMatchObject([
      { id: 'slow', outcome: 'problem', sentence: expect.stringContaining('within 0.03 s') as string },
    ]);
  });

  it('shows every setting as it takes effect, and of secrets only that they are there', async () => {
    const { settings } = await examined();
    const shown = Object.fromEntries(settings.map(({ name, value }) => [name, value]));
    expect(shown).toMatchObject({ GITHUB_TOKEN: 'set', WEBHOOK_SECRET: null, MIN_DISK_GB: '7', BUILD_TIMEOUT: '8h' });
    expect(JSON.stringify(settings)).not.toContain(SECRET);
  });
});

describe('what apt could do', () => {
  const line = (id: string, packages: string[], outcome: Line['outcome'] = 'problem'): Line => {
    return { id, group: '', outcome, sentence: '', packages, milliseconds: 0 };
  };
  const fix = (uid: number, ...lines: Line[]) => {
    const user = { uid, gid: uid, name: 'x', home: '/' };
    const machine = { ...({} as DoctorPorts['machine']), user };
    return fixFor({ network: '', examinedAt: 0, healthy: false, settings: [], lines }, { machine });
  };

  it('is nothing where nothing is missing', () => {
    expect(fix(0, line('git', []))).toBeNull();
  });

  it('names each package once, and root runs it', () => {
    const found = fix(0, line('podman', ['podman']), line('container', ['runc', 'podman']));
    expect(found).toEqual({
      packages: ['podman', 'runc'],
      command: 'apt-get update && apt-get install -y podman runc',
      runnable: true,
    });
  });

  it('is run through sudo where that asks for no password, and only told elsewhere', () => {
    const works = fix(1000, line('sudo', [], 'ok'), line('git', ['git']));
    expect(works).toMatchObject({ runnable: true, command: expect.stringMatching(/^sudo sh -c '/) as string });
    expect(fix(1000, line('sudo', []), line('git', ['git']))).toMatchObject({ runnable: false });
    const missing = fix(1000, line('sudo', ['sudo']));
    expect(missing).toMatchObject({ runnable: false, command: expect.stringMatching(/^su -c '/) as string });
  });
});

it('says mainnet where nothing says otherwise', () => {
  expect(network({ config })).toEqual({ outcome: 'ok', sentence: 'mainnet' });
});
