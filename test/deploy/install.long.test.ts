import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scenarios } from '../../simnet/scenarios/index.ts';
import { startSimnet, type Simnet } from '../../simnet/simnet.ts';
import { root } from '../support/program.ts';
import { blocksMarked } from '../docs/commands.ts';
import { Debian } from './debian.ts';

/** On a fresh Debian 12: what the README's install command makes of it, and whether that works. */
let scratch: string;
let debian: Debian;
let simnet: Simnet;
let env: Record<string, string>;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'nns-watch-install-'));
  debian = await Debian.fresh(scratch);
  simnet = await startSimnet({ dataDir: join(scratch, 'simnet'), imageBytes: 200_000 });
  const scenario = scenarios.find(({ name }) => name === 'correct-guestos');
  if (!scenario) throw new Error('no scenario');
  const view = await simnet.openView(scenario);
  env = { ...(await debian.bringIn(view.env, '/srv/simnet')), MIN_DISK_GB: '1', MIN_RAM_GB: '1' };
}, 900_000);
afterAll(async () => {
  await simnet.close();
  await rm(scratch, { recursive: true, force: true });
}, 120_000);

const asBuilder = 'setpriv --reuid nns-watch-build --regid nns-watch-build --groups nns-watch --';
const modes = 'stat -c "%a %U:%G %n"';

async function works(command: string, given: Record<string, string> = {}): Promise<string> {
  const { code, output } = await debian.sh(command, { env: given });
  expect(code, `${command}\n${output.slice(-4000)}`).toBe(0);
  return output;
}

describe('the install command', { timeout: 600_000 }, () => {
  it('is the one that README and handbook name', async () => {
    for (const file of ['README.md', 'docs/operations.md']) {
      expect(await readFile(join(root, file), 'utf8')).toMatch(/^sudo deploy\/install$/m);
    }
  });

  it('sets the machine up, and says that nothing could be started without systemd', async () => {
    const output = await works('cd /srv/nns-watch && sudo deploy/install');
    expect(output).toContain('install: user nns-watch-build');
    expect(output).toContain('systemd does not run here');
    expect(await works('nns-watch --version')).toMatch(/^\d+\.\d+\.\d+$/m);
  });

  it('can be run again: keeps settings, users and the one copy of the program', async () => {
    await works('echo "LOG_LEVEL=debug" >>/etc/nns-watch/nns-watch.env; getent passwd >/root/before');
    await works('cd /srv/nns-watch && deploy/install');
    await works('getent passwd | cmp - /root/before && grep -q LOG_LEVEL=debug /etc/nns-watch/nns-watch.env');
    expect((await works('ls /opt/nns-watch/releases')).trim().split('\n')).toHaveLength(1);
  });

  it('keeps each user’s own from the other, and shares the data', async () => {
    const paths = '/var/lib/nns-watch /var/cache/nns-watch /var/cache/nns-watch-build /etc/nns-watch/credentials';
    expect((await works(`${modes} ${paths} /etc/nns-watch/nns-watch.env`)).trim().split('\n')).toEqual([
      '2770 nns-watch:nns-watch /var/lib/nns-watch',
      '700 nns-watch:nns-watch /var/cache/nns-watch',
      '700 nns-watch-build:nns-watch-build /var/cache/nns-watch-build',
      '700 root:root /etc/nns-watch/credentials',
      '600 root:root /etc/nns-watch/nns-watch.env',
    ]);
    expect((await works('id -nG nns-watch-build')).trim()).toBe('nns-watch-build');
  });

  it('leaves units that systemd finds no fault with, the service’s exposed to 2.0 at most', async () => {
    const units = ['nns-watch', 'nns-watch-build'].map((name) => `/etc/systemd/system/${name}.service`).join(' ');
    expect(await works(`systemd-analyze verify ${units}`)).toBe('');
    const scores: Record<string, number> = {};
    for (const unit of units.split(' ')) {
      const told = await works(`systemd-analyze security --no-pager --offline=true ${unit} || true`);
      scores[unit.replace(/.*\/|\.service/g, '')] = Number(/Overall exposure level for \S+: ([\d.]+)/.exec(told)?.[1]);
    }
    console.log('systemd-analyze security:', scores);
    expect(scores['nns-watch']).toBeLessThanOrEqual(2);
    const documented = /`nns-watch-build.service` \*\*([\d.]+)\*\*/.exec(
      await readFile(join(root, 'docs/operations.md'), 'utf8'),
    );
    expect(Number(documented?.[1])).toBe(scores['nns-watch-build']);
  });
});

describe('the installed program', { timeout: 600_000 }, () => {
  it('shares its database with the builder’s user, each under its own', async () => {
    await works('nns-watch migrate');
    const drained = await debian.sh('timeout --signal=HUP 8 nns-watch build; echo "ended $?"', { env });
    // It ended by itself, with 0, when it was told that it is enough; timeout(1) says 124 all the same.
    expect(drained.output).toContain('Builder ready');
    expect(drained.output).toContain('Builder stopped');
    expect(drained.output).toContain('ended 124');
    expect(await works(`cd /var/lib/nns-watch && ${modes} nns-watch.sqlite`)).toContain('660 nns-watch:nns-watch');
    expect(await works('nns-watch status')).toContain('Queue:');
    expect(await works(`${asBuilder} touch /var/lib/nns-watch/written && stat -c %G /var/lib/nns-watch/written`)).toBe(
      'nns-watch\n',
    );
  });

  it('gives secrets to the service’s user, and none to the builder’s', async () => {
    const file = join(debian.path, 'etc/nns-watch/credentials/DISCORD_WEBHOOK_URL');
    await writeFile(file, 'https://discord.com/api/webhooks/1/AAAA-SECRET-AAAA\n', { mode: 0o600 });
    const told = await debian.sh('nns-watch test-notify', { env });
    expect(told.output).toContain('discord:1');
    const looked = JSON.parse(await works('nns-watch doctor --json', env)) as {
      settings: { name: string; value: string | null }[];
    };
    expect(looked.settings.find(({ name }) => name === 'DISCORD_WEBHOOK_URL')?.value).toBeNull();
    for (const path of ['credentials/DISCORD_WEBHOOK_URL', 'nns-watch.env']) {
      expect((await debian.sh(`${asBuilder} cat /etc/nns-watch/${path}`)).code).not.toBe(0);
    }
    await rm(file);
  });

  it('passes doctor against the loopback Internet, with a container that really ran', async () => {
    const output = await works('nns-watch doctor', env);
    expect(output).toMatch(/^✔ nns-watch would work here/m);
    expect(output).toMatch(/^[✔⚠] container /m);
    expect(output).toMatch(/^✔ namespaces /m);
    expect(output).not.toMatch(/^✖/m);
  });
});

describe('the handbook’s commands for an installed service', { timeout: 600_000 }, () => {
  it.each(blocksMarked('run-installed', ['docs/operations.md']))('work: $text', async ({ text }) => {
    // Root already, so that sudo does not take the way to the loopback Internet out of the environment.
    const commands = text.replace(/^sudo /gm, '');
    expect((await works(`cd /srv/nns-watch && set -eu\n${commands}`, env)).length).toBeGreaterThanOrEqual(0);
  });

  it('brought back the database that was saved', async () => {
    expect(await works(`cd /var/lib/nns-watch && ${modes} nns-watch.sqlite`)).toContain('660 nns-watch:nns-watch');
  });
});

describe('--uninstall', { timeout: 120_000 }, () => {
  it('leaves settings and data, and with --purge nothing', async () => {
    await works('cd /srv/nns-watch && deploy/install --uninstall');
    await works(
      'test ! -e /opt/nns-watch && test ! -e /usr/local/bin/nns-watch && test -e /var/lib/nns-watch/nns-watch.sqlite',
    );
    await works('cd /srv/nns-watch && deploy/install --uninstall --purge');
    const left =
      '/etc/nns-watch /var/lib/nns-watch /var/cache/nns-watch* /etc/sudoers.d/nns-watch /etc/systemd/system/nns-watch*';
    expect(await works(`ls -d ${left} 2>/dev/null || true; getent passwd | grep nns-watch || true`)).toBe('');
  });
});
