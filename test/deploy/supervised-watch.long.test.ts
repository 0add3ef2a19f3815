import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Simnet } from '../../simnet/simnet.ts';
import { CHANNEL, SLACK_CHANNEL } from '../notify/chat-kit.ts';
import { scenarioWith, startPlainSimnet } from '../simnet/ic-kit.ts';
import { RunningProgram } from '../support/service.ts';

/** The real service as systemd runs it, beside a builder of its own user: what it says of itself, and what it takes. */
let simnet: Simnet;
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'nns-watch-supervised-'));
  simnet = await startPlainSimnet();
});
afterAll(async () => {
  await simnet.close();
  await rm(scratch, { recursive: true, force: true });
});

/** A datagram socket, which Node.js does not have; prints each datagram as a line. */
const LISTENER = `
  my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die $!;
  $| = 1;
  print "listening\\n";
  while (defined $socket->recv(my $said, 4096)) { $said =~ s/\\n/ /g; print "$said\\n"; }
`;

class Manager {
  readonly path: string;
  readonly child: ChildProcess;
  #said = '';

  constructor(path: string) {
    this.path = path;
    this.child = spawn('perl', ['-MSocket', '-MIO::Socket::UNIX', '-e', LISTENER, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
  }

  get said(): string[] {
    return this.#said.split('\n').filter((line) => line !== '' && !line.startsWith('BARRIER'));
  }

  async until(enough: (said: string[]) => boolean): Promise<void> {
    for (let tries = 0; !enough(this.said); tries += 1) {
      if (tries > 600) throw new Error(`heard only: ${this.said.join(', ')}`);
      await new Promise((later) => setTimeout(later, 100));
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Megabytes of the process: in memory at all, its share of it (PSS), and what no file on disk stands behind. */
interface Memory {
  readonly resident: number;
  readonly share: number;
  readonly anonymous: number;
}

async function memoryOf(pid: number): Promise<Memory> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const megabytes = (name: string): number =>
    (Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(rollup)?.[1]) * 1024) / 1e6;
  return { resident: megabytes('Rss'), share: megabytes('Pss'), anonymous: megabytes('Anonymous') };
}

const SETTLING_MS = 20_000;
/** A whole interval between two polls: what a poll takes for seconds (a thread that decodes) is not what rests. */
const SAMPLES = 60;

async function settings(name: string, more: Record<string, string>): Promise<Record<string, string>> {
  const view = await simnet.openView(scenarioWith());
  const home = join(scratch, name);
  return {
    ...view.env,
    HOME: home,
    NNS_WATCH_DATA_DIR: join(home, 'data'),
    NNS_WATCH_CACHE_DIR: join(home, 'cache'),
    STATUS_LISTEN: `127.0.0.1:${await freePort()}`,
    LOG_FORMAT: 'json',
    ...more,
  };
}

/** Resident megabytes at the median second of a minute that has a poll in it. */
async function idle(name: string, env: Record<string, string>): Promise<number> {
  const watch = new RunningProgram(['watch', '--no-builder'], env);
  try {
    await watch.until(({ stderr }) => stderr.includes('Proposals found'));
    await new Promise((later) => setTimeout(later, SETTLING_MS));
    const samples: Memory[] = [];
    while (samples.length < SAMPLES) {
      samples.push(await memoryOf(watch.child.pid ?? 0));
      await new Promise((later) => setTimeout(later, 1_000));
    }
    samples.sort((one, other) => one.resident - other.resident);
    const median = samples[SAMPLES / 2]!;
    const [least, most] = [samples[0]!.resident, samples.at(-1)!.resident];
    console.log(
      `watch, idle, with ${name}: ${median.resident.toFixed(0)} MB resident (${least.toFixed(0)} to ${most.toFixed(0)}), ` +
        `${median.share.toFixed(0)} MB its share, ${median.anonymous.toFixed(0)} MB anonymous`,
    );
    return median.resident;
  } finally {
    const { code } = await watch.stop();
    expect(code, watch.stderr.slice(-3000)).toBe(0);
  }
}

describe('the service under systemd', { timeout: 180_000 }, () => {
  it('says when it is ready, that it lives, and when it stops', async () => {
    const manager = new Manager(join(scratch, 'socket'));
    await new Promise((later) => manager.child.stdout?.once('data', later));
    const env = await settings('notify', { NOTIFY_SOCKET: manager.path, WATCHDOG_USEC: '3000000' });
    const watch = new RunningProgram(['watch', '--no-builder'], env);
    try {
      await manager.until((said) => said.filter((line) => line === 'WATCHDOG=1').length >= 3);
      expect(manager.said[1]).toBe('READY=1 STATUS=Watching for elections');
    } finally {
      expect((await watch.stop()).code, watch.stderr.slice(-3000)).toBe(0);
    }
    await manager.until((said) => said.includes('STOPPING=1 STATUS=Stopping'));
    manager.child.kill();
  });

  it('takes at most 120 MB when it has nothing to do and tells the console', async () => {
    expect(await idle('the console', await settings('console', {}))).toBeLessThanOrEqual(120);
  });

  it('takes at most 200 MB when it has nothing to do and holds both bots', async () => {
    const { discord, slack } = simnet.chat;
    discord.store.addChannel({ id: CHANNEL });
    slack.store.addChannel(SLACK_CHANNEL);
    const env = await settings('bots', {
      DISCORD_BOT_TOKEN: discord.botToken,
      DISCORD_CHANNEL_ID: CHANNEL,
      SLACK_BOT_TOKEN: slack.botToken,
      SLACK_CHANNEL_ID: SLACK_CHANNEL,
      SLACK_APP_TOKEN: slack.socketMode.appToken,
    });
    expect(await idle('both bots', env)).toBeLessThanOrEqual(200);
  });
});
