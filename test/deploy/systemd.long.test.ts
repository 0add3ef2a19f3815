import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Booted } from './booted.ts';
import { BOTH, INSTALL, Installed, LONG_SLEEP } from './installed.ts';
import { LONG_BUILD, Server } from './server.ts';

/** The installed service under the systemd of a Debian 12 that booted: what it and the program say. */
let server: Server;
let booted: Booted;
let units: Installed;

beforeAll(async () => {
  server = await Server.start('systemd');
  booted = server.booted;
  units = new Installed(booted);
}, 900_000);
afterAll(() => server.close(), 120_000);

const secret = (): string => server.webhook.split('/').at(-1)!;

describe('the install command under systemd', { timeout: 600_000 }, () => {
  it('runs on the systemd of Debian 12, as process 1', async () => {
    expect(await booted.works('systemctl --version && cat /proc/1/comm')).toMatch(/^systemd 252 .*\nsystemd\n$/s);
  });

  it('starts both units, the service once it is ready', async () => {
    await server.configure();
    const said = await server.measure('install', () => booted.works(INSTALL));
    expect(said).toContain('install: user nns-watch-build');
    expect(said).not.toContain('systemd does not run here');
    await units.bothActive();
    expect(await booted.works(`systemctl is-enabled ${BOTH}`)).toBe('enabled\nenabled\n');
    expect(await booted.show('nns-watch', 'StatusText')).toBe('Watching for elections');
    for (const unit of BOTH.split(' ')) expect(await booted.show(unit, 'NRestarts'), unit).toBe('0');
    const [begun, active] = await Promise.all(
      ['ExecMainStartTimestampMonotonic', 'ActiveEnterTimestampMonotonic'].map((name) =>
        booted.show('nns-watch', name),
      ),
    );
    const seconds = (Number(active) - Number(begun)) / 1e6;
    server.measured['ready after'] = `${seconds.toFixed(2)} s`;
    // A unit that counts as started when its process is needs a few milliseconds.
    expect(seconds).toBeGreaterThan(0.1);
    await server.bringBuildImage();
  });

  it('gives the secrets of the directory to the service, and none to the builder', async () => {
    const [service, builder] = [await units.mainPid('nns-watch'), await units.mainPid('nns-watch-build')];
    const given = /^CREDENTIALS_DIRECTORY=(.*)$/m.exec(await units.environmentOf(service))?.[1];
    expect(await booted.works(`stat -c '%U %a %n' ${given}/*`)).toBe(
      `nns-watch 400 ${given}/nns-watch_DISCORD_WEBHOOK_URL\n`,
    );
    expect((await units.journal('nns-watch')).join()).toContain('"notifiers":["discord:');
    expect(await units.environmentOf(builder)).not.toMatch(new RegExp(`${secret()}|CREDENTIALS`));
    const inUnit = `nsenter --mount --target ${builder} --`;
    const asBuilder = `${inUnit} setpriv --reuid nns-watch-build --regid nns-watch-build --groups nns-watch --`;
    const files = `/run/credentials /etc/nns-watch`;
    const process = ['environ', 'root/run/credentials', 'fd'].map((name) => `/proc/${service}/${name}`).join(' ');
    for (const search of [`${asBuilder} grep -rsl . ${process}`, `${inUnit} grep -rsl ${secret()} ${files}`]) {
      expect((await booted.sh(search)).output, search).toBe('');
    }
  });

  it('finds the election, builds it in podman as the builder’s own user, and tells the verdict', async () => {
    const id = server.view.proposalId;
    await server.measure('verdict after the build image came', () => server.untilVerified(id));
    const built = await booted.works('journalctl --no-pager --output cat --unit nns-watch-build');
    expect(built).toMatch(/^nns-watch-build : .*COMMAND=\/usr\/bin\/podman run .*--privileged/m);
    expect(built).toContain('"outcome":"files to look at","msg":"Build ended"');
    expect(server.verdicts(id)).toHaveLength(1);
  });

  it('leaves nothing for doctor to complain of, who sees what the builder sees', async () => {
    const said = await server.measure('doctor', () => booted.works('sudo nns-watch doctor'));
    expect(said).toMatch(/^✔ nns-watch would work here/m);
    expect(said).toMatch(/^✔ container /m);
    expect(said).not.toMatch(/^✖/m);
    // Everybody may read it, but the units show nobody's home.
    await booted.works('cp /etc/nns-watch/NODE_EXTRA_CA_CERTS /home/ca.pem');
    await server.configure({ NODE_EXTRA_CA_CERTS: '/home/ca.pem' });
    expect((await booted.sh('sudo nns-watch doctor')).output).toMatch(/^✖ certificates /m);
    await server.configure();
  });
});

describe('a service that fails', { timeout: 300_000 }, () => {
  it('is ended and started again when it hangs', async () => {
    const dropIns = '/run/systemd/system/nns-watch.service.d';
    await booted.works(`mkdir -p ${dropIns} && printf '[Service]\\nWatchdogSec=3s\\n' >${dropIns}/quick.conf`);
    await booted.works('systemctl daemon-reload && systemctl restart nns-watch');
    const hangs = await units.mainPid('nns-watch');
    await server.measure('ended by a watchdog of 3 s, and started again', async () => {
      await booted.works(`kill -STOP ${hangs}`);
      await units.restarted('nns-watch', hangs);
    });
    expect(await booted.works('journalctl --no-pager --unit nns-watch')).toContain('Watchdog timeout (limit 3s)!');
    expect(await booted.show('nns-watch', 'NRestarts')).toBe('1');
    await booted.works(`rm -r ${dropIns} && systemctl daemon-reload && systemctl restart nns-watch`);
    await units.bothActive();
    expect(await booted.show('nns-watch', 'WatchdogUSec')).toBe('5min');
  });

  it.each(BOTH.split(' '))('is started again when it crashes: %s', async (unit) => {
    const before = await units.mainPid(unit);
    await server.measure(`started again after SIGKILL: ${unit}`, async () => {
      await booted.works(`kill -KILL ${before}`);
      await units.restarted(unit, before);
    });
    expect(await booted.show(unit, 'NRestarts')).toBe('1');
  });
});

describe('a build that goes on', { timeout: 300_000 }, () => {
  let proposal: bigint;
  let build: string;
  let builder: string;

  beforeAll(async () => {
    proposal = server.view.elect(LONG_BUILD);
    build = (await booted.until(LONG_SLEEP, /^\d+\n$/)).trim();
    builder = await units.mainPid('nns-watch-build');
  }, 120_000);

  const goesOn = async (): Promise<void> => {
    expect(await booted.works(LONG_SLEEP)).toBe(`${build}\n`);
    expect(await units.mainPid('nns-watch-build')).toBe(builder);
  };

  it('has no secret in reach of its environment', async () => {
    const environments = await units.environmentOf(`$(pgrep -u nns-watch-build) $(pgrep -f 'podman run') ${build}`);
    expect(environments).toContain('HTTPS_PROXY=');
    expect(environments).not.toMatch(new RegExp(`${secret()}|CREDENTIALS_DIRECTORY`));
  });

  it('outlives the service, which stops within ten seconds', async () => {
    const began = Date.now();
    await server.measure('stopped', () => booted.works('systemctl stop nns-watch'));
    expect(Date.now() - began).toBeLessThan(10_000);
    expect(await booted.show('nns-watch', 'Result')).toBe('success');
    await goesOn();
    await booted.works('systemctl start nns-watch');
    await goesOn();
  });

  it('is left alone, with its builder, by an upgrade that replaces the service within seconds', async () => {
    const [old, service] = [await units.releases(), await units.mainPid('nns-watch')];
    await booted.works('echo "A newer one." >>/srv/nns-watch/CHANGELOG.md');
    const said = await server.measure('upgrade', () => booted.works(INSTALL));
    expect(said).toContain(`still in use: /opt/nns-watch/releases/${old[0]}`);
    await goesOn();
    expect(await units.releases()).toHaveLength(2);
    expect(await units.mainPid('nns-watch')).not.toBe(service);
    expect(await units.programOf('nns-watch')).not.toContain(old[0]);
    expect(await units.programOf('nns-watch-build')).toContain(old[0]);
    const [stopped, back] = await units.saidAt('nns-watch', ['Stopping', 'nns-watch started']);
    server.measured['the service away while upgraded'] = `${(back! - stopped!).toFixed(1)} s`;
    expect(back! - stopped!).toBeGreaterThan(0);
    expect(back! - stopped!).toBeLessThan(15);
  });

  it('is followed by a builder of the new program, and by one verdict', async () => {
    await booted.works(`kill ${build}`);
    await server.measure('builder replaced after its build', () => units.restarted('nns-watch-build', builder));
    await server.untilVerified(proposal);
    expect(await units.programOf('nns-watch-build')).toBe(await units.programOf('nns-watch'));
    const { commit } = server.simnet.artifacts.releases.get('timed')!;
    const begun = (await units.journal('nns-watch-build')).filter((line) => line.includes('"Build started"'));
    expect(begun.filter((line) => line.includes(commit))).toHaveLength(1);
    // A second one would come with a round of the new service.
    await new Promise((later) => setTimeout(later, 5_000));
    expect(server.verdicts(proposal)).toHaveLength(1);
  });

  it('is begun again, once, where its builder was killed', async () => {
    await booted.works(`nns-watch requeue ${proposal} --rebuild`);
    const first = (await booted.until(LONG_SLEEP, /^\d+\n$/)).trim();
    await server.measure('building again after SIGKILL of the builder', async () => {
      await booted.works(`kill -KILL ${await units.mainPid('nns-watch-build')}`);
      await booted.until(LONG_SLEEP, new RegExp(`^(?!${first}\\n)\\d+\\n$`));
    });
  });

  it('has been told in the journal, one line of JSON for each event', async () => {
    for (const unit of BOTH.split(' ')) {
      const lines = await units.journal(unit);
      server.measured[`journal lines of ${unit}`] = String(lines.length);
      for (const line of lines)
        expect(Object.keys(JSON.parse(line) as object)).toEqual(expect.arrayContaining(['msg']));
    }
  });

  it('is begun again where the power failed over it', async () => {
    await booted.cut();
    await booted.boot();
    // Until the lease of its former life has run out, which nobody can know to have ended, the service is refused.
    await server.measure('building again after a power failure', () => booted.until(LONG_SLEEP, /^\d+\n$/, 120_000));
    await units.bothActive();
    await booted.works(`kill $(${LONG_SLEEP})`);
    await booted.until('nns-watch status', /build: 0 running, 0 waiting[^]*verify: 0|verify: 0[^]*build: 0 running/);
    expect(server.verdicts(proposal)).toHaveLength(1);
  });
});

describe('afterwards', { timeout: 300_000 }, () => {
  it('the install command changes nothing, but for the release that nobody uses any more', async () => {
    const [before, told] = [await units.fingerprint(), server.told('').length];
    await server.measure('install, again', () => booted.works(INSTALL));
    await units.bothActive();
    expect(await units.fingerprint()).toBe(before);
    expect(await units.releases()).toHaveLength(1);
    expect(server.told('')).toHaveLength(told);
  });

  it('--uninstall takes the units away', async () => {
    await booted.works('cd /srv/nns-watch && deploy/install --uninstall');
    expect((await booted.sh(`systemctl is-active ${BOTH}`)).output).toBe('inactive\ninactive\n');
    expect((await booted.sh('systemctl cat nns-watch')).code).not.toBe(0);
  });
});
