import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { scenarios } from '../../simnet/scenarios/index.ts';
import { startSimnet, type Simnet, type SimnetView } from '../../simnet/simnet.ts';
import type { Scenario } from '../../simnet/types.ts';
import { Booted, until } from './booted.ts';
import { Debian } from './debian.ts';

const run = promisify(execFile);

const CHANNEL = '900000000000000005';
const BUILD_IMAGE = 'localhost/ic-build:fixture';
/** Nobody waits so long: a test ends the build when it has seen enough. */
const LONG_BUILD_SECONDS = 1800;

export const CORRECT = found('correct-guestos');
export const LONG_BUILD: Scenario = { ...CORRECT, name: 'long-build', release: 'timed' };

function found(name: string): Scenario {
  const scenario = scenarios.find((each) => each.name === name);
  if (!scenario) throw new Error(`no scenario ${name}`);
  return scenario;
}

/** A Debian 12 that runs under systemd behind a proxy to a loopback Internet, with the checkout in /srv/nns-watch. */
export class Server {
  readonly scratch: string;
  readonly debian: Debian;
  readonly booted: Booted;
  readonly simnet: Simnet;
  readonly view: SimnetView;
  /** How long things took, for whoever reads the test's output. */
  readonly measured: Record<string, string> = {};
  readonly webhook: string;

  private constructor(scratch: string, debian: Debian, simnet: Simnet, view: SimnetView) {
    [this.scratch, this.debian, this.simnet, this.view] = [scratch, debian, simnet, view];
    this.booted = new Booted(debian);
    this.webhook = simnet.chat.discord.addWebhook(CHANNEL).url;
  }

  static async start(name: string): Promise<Server> {
    const scratch = await mkdtemp(join(tmpdir(), `nns-watch-${name}-`));
    const options = { dataDir: join(scratch, 'simnet'), imageBytes: 200_000, buildSeconds: LONG_BUILD_SECONDS };
    const [debian, simnet] = await Promise.all([Debian.fresh(scratch), startSimnet(options)]);
    const server = new Server(scratch, debian, simnet, await simnet.openView(CORRECT));
    await server.booted.prepare();
    await server.measure('boot', () => server.booted.boot());
    return server;
  }

  async close(): Promise<void> {
    console.log('measured:', this.measured);
    await this.booted.cut();
    await this.simnet.close();
    await rm(this.scratch, { recursive: true, force: true });
  }

  async measure<T>(what: string, work: () => Promise<T>): Promise<T> {
    const began = Date.now();
    try {
      return await work();
    } finally {
      this.measured[what] = `${((Date.now() - began) / 1000).toFixed(1)} s`;
    }
  }

  /** What an operator behind a proxy writes before the first start, and the secret where it belongs. */
  async configure(more: Readonly<Record<string, string>> = {}): Promise<void> {
    const settings = {
      ...(await this.debian.bringIn(this.view.env, '/etc/nns-watch')),
      ...{ MIN_DISK_GB: '1', MIN_RAM_GB: '1', POLL_CRON: '*/2 * * * * *', STATUS_LISTEN: '127.0.0.1:0', ...more },
    };
    const lines = Object.entries(settings).filter(([name]) => name !== 'CONTAINERS_CONF');
    const text = lines.map(([name, value]) => `${name}=${value}\n`);
    const there = join(this.debian.path, 'etc/nns-watch');
    await writeFile(join(there, 'nns-watch.env'), text.join(''), { mode: 0o600 });
    await mkdir(join(there, 'credentials'), { mode: 0o700, recursive: true });
    await writeFile(join(there, 'credentials/DISCORD_WEBHOOK_URL'), `${this.webhook}\n`, { mode: 0o600 });
    for (const name of ['NODE_EXTRA_CA_CERTS', 'SIGSTORE_TRUSTED_ROOT']) await chmod(join(there, name), 0o644);
  }

  /** The image in which the commits build, as a first build would have pulled it. */
  async bringBuildImage(): Promise<void> {
    await run('sudo', [
      '-n',
      'podman',
      'save',
      '--quiet',
      '--output',
      join(this.debian.path, 'srv/image.tar'),
      BUILD_IMAGE,
    ]);
    await this.booted.works('podman load --quiet --input /srv/image.tar && rm /srv/image.tar');
  }

  /** Texts of the messages about a proposal, in the order in which a reader sees them. */
  told(proposal: bigint | string): string[] {
    const texts = this.simnet.chat.discord.store.visible(CHANNEL).map((message) => JSON.stringify(message));
    return texts.filter((text) => text.includes(`proposal ${proposal}`));
  }

  verdicts(proposal: bigint | string): string[] {
    return this.told(proposal).filter((text) => /🟩 VERIFIED|🟥 MISMATCH|🟨 INCONCLUSIVE/.test(text));
  }

  async untilVerified(proposal: bigint | string, limitMs = 120_000): Promise<void> {
    await until(
      `a verdict on ${proposal}`,
      limitMs,
      () => this.verdicts(proposal).some((text) => text.includes('🟩 VERIFIED')),
      () => this.told(proposal).join('\n'),
    );
  }
}
