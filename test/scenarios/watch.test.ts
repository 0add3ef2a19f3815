import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guestos } from '../../simnet/scenarios/guestos.ts';
import { verified } from '../../simnet/scenarios/expectations.ts';
import { scenarios } from '../../simnet/scenarios/index.ts';
import type { Scenario } from '../../simnet/types.ts';
import { loopback } from '../support/loopback.ts';
import { pageOf, walkPage } from '../support/page-walk.ts';
import { runProgram } from '../support/program.ts';
import { RunningProgram } from '../support/service.ts';

/** The service as a user runs it: the real binary against the loopback Internet, with production URLs. */
const world = loopback('service', { imageBytes: 200_000 });

function scenario(name: string): Scenario {
  const found = scenarios.find((each) => each.name === name);
  if (!found) throw new Error(`no scenario ${name}`);
  return found;
}

function settings(name: string, env: Record<string, string>): Record<string, string> {
  const home = join(world.scratch, name);
  return {
    ...env,
    HOME: home,
    NNS_WATCH_DATA_DIR: join(home, 'data'),
    NNS_WATCH_CACHE_DIR: join(home, 'cache'),
    STATUS_LISTEN: 'off',
    MIN_DISK_GB: '1',
    MIN_RAM_GB: '1',
    STALL_TIMEOUT: '2s',
    POLL_CRON: '*/2 * * * * *',
    LOG_FORMAT: 'json',
  };
}

const FILE = 'guest-os/update-img/update-img.tar.zst';

/** What the builder of that service says. */
function builderLog(name: string): Promise<string> {
  return readFile(join(world.scratch, name, 'data/builder.log'), 'utf8').catch(() => '');
}

/** Waits until it is so, and says what was not where it is not by then. */
async function met(isSo: () => boolean | Promise<boolean>, what: string, limitMs: number): Promise<void> {
  const limit = Date.now() + limitMs;
  while (!(await isSo())) {
    if (Date.now() > limit) throw new Error(`not in time: ${what}`);
    await new Promise((later) => setTimeout(later, 100));
  }
}

describe('the service', () => {
  it('finds, builds, judges and tells three elections, one of each outcome, and stops when asked', async () => {
    const view = await world.simnet.openView(scenario('correct-guestos'));
    const [verified, mismatch, withheld] = [
      view.proposalId,
      view.elect(scenario('build-differs')),
      view.elect(scenario('security-patch')),
    ].map(String);
    const { url } = world.simnet.chat.discord.addWebhook('900000000000000001');
    const env = { ...settings('three', { ...view.env, DISCORD_WEBHOOK_URL: url }), STATUS_LISTEN: '127.0.0.1:0' };
    const watch = new RunningProgram(['watch'], env);
    const messages = (): string[] =>
      world.simnet.chat.discord.store.visible('900000000000000001').map((message) => JSON.stringify(message));
    const shows = (id: string | undefined, word: string): boolean =>
      messages().some((text) => text.includes(`proposal ${id ?? ''}`) && text.includes(word));
    try {
      await watch.until(({ stderr }) => {
        const verdicts = stderr.split('\n').filter((line) => line.includes('"Verdict"'));
        return new Set(verdicts.map((line) => /"proposal":"(\d+)"/.exec(line)?.[1])).size === 3;
      });
      const deadline = Date.now() + 10_000;
      while (!(
        shows(verified, '🟩 VERIFIED') &&
        shows(mismatch, '🟥 MISMATCH') &&
        shows(withheld, '🟨 INCONCLUSIVE')
      )) {
        if (Date.now() > deadline) expect(messages().join('\n')).toBe('three verdicts');
        await new Promise((later) => setTimeout(later, 100));
      }
      const outcomes = [
        [verified, 'verified'],
        [mismatch, 'mismatch'],
        [withheld, 'inconclusive'],
      ] as const;
      await walkPage(await pageOf(watch), outcomes);
      const second = await runProgram(['watch'], env);
      expect(second.stderr).toContain('Another nns-watch watch runs with this database');
      expect(second.code).toBe(2);
    } finally {
      const { code, seconds } = await watch.stop();
      expect(code, watch.stderr.slice(-3000)).toBe(0);
      expect(seconds).toBeLessThan(10);
    }
    const builder = await builderLog('three');
    expect(builder.split('\n').filter((line) => line.includes('Build started'))).toHaveLength(3);
    expect(builder).not.toContain(url);
    await view.close();
  });

  it('leaves a running build to its builder when it is stopped or killed, and takes up the result', async () => {
    const view = await world.simnet.openView(scenario('build-hangs'));
    const env = settings('stopped', { ...view.env, BUILD_TIMEOUT: '15s' });
    const builderSays = (): Promise<string> => builderLog('stopped');
    const first = new RunningProgram(['watch'], env);
    await met(async () => (await builderSays()).includes('Build started'), 'a build that begins', 60_000);
    const stopped = await first.stop();
    expect(stopped.code, first.stderr.slice(-3000)).toBe(0);
    expect(stopped.seconds).toBeLessThan(10);
    const second = new RunningProgram(['watch'], env);
    await second.until(({ stderr }) => stderr.includes('"Verification started"'));
    await second.stop('SIGKILL');
    const third = new RunningProgram(['watch'], env);
    try {
      await third.until(({ stderr }) => stderr.includes('"Verdict"'), 90_000);
      expect(third.stderr).toContain('"reason":"build-timeout"');
      expect((await builderSays()).match(/Build started/g)).toHaveLength(1);
      expect((await builderSays()).match(/Builder ready/g)).toHaveLength(1);
    } finally {
      await third.stop();
    }
    await view.close();
  });

  it('tells what a build and a later, more urgent election show though one URL of four elections crawls', async () => {
    const url = 'https://download.dfinity.systems/ic/{commit}/guest-os/update-img/update-img.tar.zst';
    // All of one release, so that one build serves them.
    const crawls = guestos('one-url-crawls-for-long', 'One URL would take half an hour.', verified(), {
      release: 'differs',
      payload: { urls: [url, url.replace('.systems', '.network')] },
      faults: [{ at: 'cdn', file: FILE, hosts: ['download.dfinity.systems'], fault: 'crawl' }],
    });
    const view = await world.simnet.openView(crawls);
    for (let more = 0; more < 3; more += 1) view.elect(crawls);
    const { store } = world.simnet.chat.discord;
    const hook = world.simnet.chat.discord.addWebhook('900000000000000003');
    const alarms = (id: bigint): boolean =>
      store.visible('900000000000000003').some((message) => {
        const text = JSON.stringify(message);
        return text.includes(`proposal ${id}`) && text.includes('🟥 MISMATCH');
      });
    const env = { ...settings('crawl', view.env), DISCORD_WEBHOOK_URL: hook.url, STALL_TIMEOUT: '60s' };
    const watch = new RunningProgram(['watch'], env);
    try {
      const differs = `"build":"${view.release.commit}#1","attempt":1,"outcome":"files to look at"`;
      await met(async () => (await builderLog('crawl')).includes(differs), 'the build that differs', 120_000);
      await met(() => alarms(view.proposalId), 'the word of the build', 10_000);
      await met(() => (watch.stderr.match(/Verification started/g) ?? []).length === 4, 'four runs', 10_000);
      expect(watch.stderr).not.toContain('"Verdict"');
      const bad = view.elect(
        guestos('of-other-bytes', 'Another hash than was published.', verified(), {
          release: 'differs',
          payload: { sha256: '5'.repeat(64), urls: [url.replace('.systems', '.network')] },
        }),
      );
      const day = BigInt(Math.trunc(Date.now() / 1000)) + 86_400n;
      world.simnet.ic.book.change(view, bad, { deadline: day });
      const begins = `"proposal":"${bad}","attempt":1,"msg":"Verification started"`;
      await met(() => watch.stderr.includes(begins), 'the more urgent election begins', 30_000);
      await met(() => alarms(bad), 'the word of the more urgent election', 10_000);
    } finally {
      await watch.stop();
      await view.close();
    }
  });
});

it('a receiver of few bytes hears of a mismatch over megabytes upstream, which no command repeats', async () => {
  const text = JSON.stringify({
    guest_launch_measurements: [
      { measurement: Array.from({ length: 48 }, () => 7), metadata: { kernel_cmdline: 'x'.repeat(3_300_000) } },
    ],
  });
  const file = 'guest-os/update-img/launch-measurements.json';
  const faults: Scenario['faults'] = [{ at: 'cdn', file, fault: { text } }];
  const view = await world.simnet.openView({ ...scenario('correct-guestos'), name: 'megabytes', faults });
  const { webhook } = world.simnet.chat;
  webhook.mostBytes = 3000;
  const chat = { WEBHOOK_URL: webhook.url, WEBHOOK_SECRET: webhook.secret };
  const env = settings('megabytes', { ...view.env, ...chat });
  const watch = new RunningProgram(['watch'], env);
  const heard = () => webhook.received.find(({ body }) => body.type === 'verdict')?.body;
  try {
    await expect.poll(heard, { timeout: 60_000 }).toMatchObject({ truncated: { why: 'refused' } });
    expect(JSON.stringify(heard())).toContain('MISMATCH');
  } finally {
    await watch.stop();
    webhook.mostBytes = Infinity;
  }
  for (const flags of [['--json'], ['--markdown'], []]) {
    const { stdout } = await runProgram(['show', String(view.proposalId), ...flags], env);
    expect(stdout).toMatch(/mismatch/i);
    expect(stdout.length).toBeLessThan(300_000);
  }
  await view.close();
});

describe('test-notify', () => {
  it('sends a message on its real way, and says which channel did not take it', async () => {
    const view = await world.simnet.openView(scenario('correct-guestos'));
    const { url, id, token } = world.simnet.chat.discord.addWebhook('900000000000000002');
    const env = settings('test-notify', { ...view.env, DISCORD_WEBHOOK_URL: url });
    const good = await runProgram(['test-notify'], env);
    expect(good.code, good.stderr).toBe(0);
    expect(JSON.stringify(world.simnet.chat.discord.store.visible('900000000000000002'))).toContain('This is a test');
    const unknown = await runProgram(['test-notify', '--notifier', 'nobody'], env);
    expect([unknown.code, unknown.stderr.includes(`discord:${id}`)]).toEqual([2, true]);
    world.simnet.chat.discord.removeWebhook(id);
    const bad = await runProgram(['test-notify'], env);
    expect(bad.code, bad.stdout).toBe(3);
    expect(bad.stdout + bad.stderr).not.toContain(token);
    await view.close();
  });
});
