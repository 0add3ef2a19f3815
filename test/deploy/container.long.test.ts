import { copyFile, writeFile } from 'node:fs/promises';
import { createServer, connect, type AddressInfo, type Server as Relay } from 'node:net';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until, type Booted } from './booted.ts';
import { BASE } from './debian.ts';
import { INSTALL, Installed, LONG_SLEEP } from './installed.ts';
import { LONG_BUILD, Server } from './server.ts';

/** The service in a container by deploy/compose.yaml, as its first lines say, before a builder on the host. */
const run = promisify(execFile);
let server: Server;
let booted: Booted;
let units: Installed;
let relay: Relay;

beforeAll(async () => {
  server = await Server.start('container');
  booted = server.booted;
  units = new Installed(booted);
  relay = await relayTo(Number(new URL(server.view.proxyUrl).port));
}, 900_000);
afterAll(async () => {
  relay.close();
  await booted.sh('podman rm --all --force --time 0; podman network prune --force');
  await server.close();
}, 120_000);

/** A container has a loopback of its own: it reaches the proxy by the host's name. */
async function relayTo(port: number): Promise<Relay> {
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const)
      one.pipe(other).on('error', () => one.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '0.0.0.0', listening));
  return server;
}

/**
 * For machines without the right to raise limits, and whose controllers belong to the older generation of cgroups: no
 * container that is not privileged runs there by podman's defaults.
 */
const SMALL_MACHINE = '[containers]\\npids_limit = 0\\n[engine]\\nruntime = "runc"\\n';

/** Instead of the registry's: the same system, with the authorities that this machine needs on its way to npm. */
async function bringBaseImage(): Promise<void> {
  const archive = join(server.debian.path, 'srv/base.tar');
  await copyFile(BASE, archive);
  const roots = process.env['NODE_EXTRA_CA_CERTS'];
  const change = roots ? `--change 'ENV NODE_EXTRA_CA_CERTS=/roots.crt'` : '';
  if (roots) {
    await copyFile(roots, join(server.scratch, 'roots.crt'));
    await run('tar', ['-rf', archive, '-C', server.scratch, 'roots.crt']);
  }
  await booted.works(`podman import --quiet ${change} /srv/base.tar docker.io/library/debian:12 && rm /srv/base.tar`);
}

/** What an operator behind a proxy adds, beside our file. */
async function override(): Promise<void> {
  const proxy = `http://host.containers.internal:${(relay.address() as AddressInfo).port}`;
  const files = ['NODE_EXTRA_CA_CERTS', 'SIGSTORE_TRUSTED_ROOT'].map((name) => `/etc/nns-watch/${name}`);
  const watch = {
    environment: { HTTPS_PROXY: proxy, HTTP_PROXY: proxy },
    volumes: files.map((file) => `${file}:${file}:ro`),
  };
  await writeFile(join(server.debian.path, 'srv/proxy.json'), JSON.stringify({ services: { watch } }));
}

/** The calls of its first lines; `more` between program and command. */
function compose(command: string, more = ''): string {
  const user = 'export WATCH_USER=$(id -u nns-watch):$(id -g nns-watch)';
  const files = '-f deploy/compose.yaml -f /srv/proxy.json';
  return `cd /srv/nns-watch && ${user} && podman-compose ${more} ${files} ${command}`;
}
const AS_HOST = "--podman-run-args='--uts=host --pid=host'";

const inspect = async (format: string): Promise<string> =>
  (await booted.works(`podman inspect --format '${format}' deploy_watch_1`)).trim();
/** What the container's processes said. */
const said = async (): Promise<string[]> => (await booted.works('podman logs deploy_watch_1 2>&1')).split('\n');
const starts = async (): Promise<number> =>
  (await said()).filter((line) => line.includes('"msg":"nns-watch started"')).length;
const PAGE = 'http://127.0.0.1:8180';
const answers = (path: string): Promise<number> =>
  fetch(`${PAGE}${path}`).then(
    async (response) => {
      await response.text();
      return response.status;
    },
    () => 0,
  );

describe('the container', { timeout: 600_000 }, () => {
  it('is described by the commands that this test runs', async () => {
    const text = await booted.works('cat /srv/nns-watch/deploy/compose.yaml');
    for (const line of [
      'systemctl disable --now nns-watch',
      'install -d -m 0700 -o nns-watch /etc/nns-watch/container-credentials',
      'install -m 0400 -o nns-watch /dev/stdin /etc/nns-watch/container-credentials/nns-watch_DISCORD_WEBHOOK_URL',
      "podman-compose --podman-run-args='--uts=host --pid=host' -f deploy/compose.yaml up -d",
    ]) {
      expect(text).toContain(`#   ${line}\n`);
    }
  });

  it('gets users, directories and a builder from the install command', async () => {
    const packages = 'apt-get -qq install --yes --no-install-recommends podman-compose';
    await server.configure();
    await booted.works('rm /etc/nns-watch/credentials/*');
    await server.measure('install', () => booted.works(INSTALL));
    await booted.works(packages, { env: { DEBIAN_FRONTEND: 'noninteractive' } });
    await booted.works(`printf '${SMALL_MACHINE}' >/etc/containers/containers.conf`);
    await server.bringBuildImage();
    await booted.works('systemctl disable --now nns-watch');
    const directory = '/etc/nns-watch/container-credentials';
    await booted.works(`install -d -m 0700 -o nns-watch ${directory}`);
    const file = `${directory}/nns-watch_DISCORD_WEBHOOK_URL`;
    await booted.works(`echo '${server.webhook}' | install -m 0400 -o nns-watch /dev/stdin ${file}`);
    expect(await units.isActive()).toEqual(['inactive', 'active']);
  });

  it('is built by the Containerfile, without anything secret or of the tests in it', async () => {
    await booted.works(
      'mkdir -p /srv/nns-watch/deploy/credentials && echo SECRET >/srv/nns-watch/deploy/credentials/x',
    );
    await bringBaseImage();
    await override();
    const said = await server.measure('image built', () =>
      booted.works(compose('build'), { env: { BUILDAH_ISOLATION: 'chroot' } }),
    );
    // Podman-compose ends with 0 whatever podman said.
    await booted.works('podman image exists nns-watch').catch(() => expect(said.slice(-4000)).toBe('built'));
    const look = 'podman run --rm --entrypoint find nns-watch /opt/nns-watch -maxdepth 2 -not -path "*/node_modules/*"';
    const files = await booted.works(look);
    expect(files).toContain('/opt/nns-watch/bin/nns-watch\n');
    expect(files).not.toMatch(/credentials|\/test|\/simnet|\/src/);
  });

  it('runs as compose says: read-only, without capabilities, as the service’s user, with its secrets as files', async () => {
    await until('port 8180 of this machine to be free', 60_000, async () => (await answers('/')) === 0);
    await server.measure('up', () => booted.works(compose('up -d', AS_HOST)));
    expect(await inspect('{{.State.Status}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.PortBindings}}')).toBe(
      'running true map[8180/tcp:[{127.0.0.1 8180}]]',
    );
    const pid = await inspect('{{.State.Pid}}');
    const status = await booted.works(`cat /proc/${pid}/status`);
    const user = (await booted.works('id -u nns-watch')).trim();
    expect(status).toMatch(new RegExp(`^Uid:\\t${user}\\t${user}\\t${user}\\t${user}$`, 'm'));
    expect(status).toMatch(/^CapPrm:\t0+\nCapEff:\t0+\nCapBnd:\t0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\t1$/m);
    expect(await booted.works(`tr '\\0' ' ' </proc/${pid}/cmdline`)).toMatch(/main\.js watch --no-builder $/);
    expect(await booted.works(`cd /proc/${pid}/ns && readlink pid uts`)).toBe(
      await booted.works('cd /proc/1/ns && readlink pid uts'),
    );
    expect((await booted.sh('podman exec deploy_watch_1 touch /opt/x')).output).toContain('Read-only file system');
    expect(await units.environmentOf(pid)).not.toContain(server.webhook);
  });

  it('serves the status page on the host’s loopback, finds the election, and tells the verdict of the host’s build', async () => {
    await server.measure('ready', () => until('the page', 60_000, async () => (await answers('/readyz')) === 200));
    await server.measure('verdict after it was ready', () => server.untilVerified(server.view.proposalId));
    expect(server.verdicts(server.view.proposalId)).toHaveLength(1);
    expect(await answers(`/proposals/${server.view.proposalId}`)).toBe(200);
    expect(await booted.works('nns-watch status')).toMatch(/^Service: +running\nBuilders: booted$/m);
  });

  it('holds a lease of which the host knows whether its holder lives', async () => {
    const second = await booted.sh('timeout 60 nns-watch watch --no-builder');
    expect(second.output).toContain('Another nns-watch watch runs with this database');
    expect(second.code).toBe(2);
    // Nobody waits for the end of the dead one's lease, which is 30 seconds away.
    await server.measure('watches again after SIGKILL', async () => {
      await booted.works(`kill -KILL ${await inspect('{{.State.Pid}}')}`);
      await until('a second start', 25_000, async () => (await starts()) === 2);
    });
    expect((await said()).join('\n')).not.toContain('Another nns-watch watch runs');
  });

  it('stops in time with 0 while a build goes on, and one verdict is told when it is back', async () => {
    const proposal = server.view.elect(LONG_BUILD);
    const build = await booted.until(LONG_SLEEP, /^\d+\n$/);
    const began = Date.now();
    await server.measure('stopped', () => booted.works(compose('stop -t 20')));
    expect(Date.now() - began).toBeLessThan(15_000);
    expect(await inspect('{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 0');
    expect(await booted.works(LONG_SLEEP)).toBe(build);
    await booted.works(compose('up -d --force-recreate', AS_HOST));
    await booted.works(`kill ${build}`);
    await server.untilVerified(proposal);
    expect(server.verdicts(proposal)).toHaveLength(1);
  });

  it('is left in its place by an upgrade of the host', async () => {
    const builder = await units.mainPid('nns-watch-build');
    const said = await booted.works(INSTALL);
    expect(said).toContain('nns-watch is disabled, and stays so');
    await units.replaced('nns-watch-build', builder);
    expect(await units.isActive()).toEqual(['inactive', 'active']);
    expect(await inspect('{{.State.Status}}')).toBe('running');
    expect((await booted.sh('ls -R /opt/nns-watch/current/deploy/')).output).not.toContain('credentials');
  });

  it('keeps its secrets from the builder', async () => {
    const inUnit = `nsenter --mount --target ${await units.mainPid('nns-watch-build')} --`;
    const hidden = await booted.sh(`${inUnit} ls /etc/nns-watch/container-credentials`);
    expect(hidden.output).not.toContain('DISCORD');
    const asBuilder = 'setpriv --reuid nns-watch-build --regid nns-watch-build --groups nns-watch --';
    expect((await booted.sh(`${asBuilder} ls /etc/nns-watch/container-credentials`)).code).not.toBe(0);
  });

  it('is back after a reboot', async () => {
    // This machine's network outlives the system's end: what podman set up there must not be left behind.
    await booted.works(compose('stop -t 20'));
    await booted.cut();
    await booted.boot();
    await server.measure('back after a reboot', () =>
      until('the page', 90_000, async () => (await answers('/')) === 200),
    );
    await booted.until('systemctl is-active nns-watch-build', /^active$/m);
    expect(await units.isActive()).toEqual(['inactive', 'active']);
  });

  it('is taken away by down', async () => {
    await booted.works(compose('down'));
    expect(await booted.works('podman ps --all --quiet')).toBe('');
    expect(await answers('/')).toBe(0);
  });
});
