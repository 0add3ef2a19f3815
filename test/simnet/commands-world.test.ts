import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Simnet } from '../../simnet/simnet.ts';
import { CHANNEL, SLACK_CHANNEL } from '../notify/chat-kit.ts';
import { scenarioWith, startPlainSimnet } from './ic-kit.ts';

const root = join(import.meta.dirname, '../..');

let simnet: Simnet;
let dataDir: string;
beforeAll(async () => {
  simnet = await startPlainSimnet();
  dataDir = await mkdtemp(join(tmpdir(), 'nns-watch-commands-'));
});
afterAll(async () => {
  await simnet.close();
  await rm(dataDir, { recursive: true, force: true });
});

async function until(done: () => boolean): Promise<void> {
  for (let tries = 0; !done() && tries < 300; tries += 1) await new Promise((next) => setTimeout(next, 100));
  expect(done()).toBe(true);
}

test('the service answers commands of both chats through the proxy of the environment, and ends well', async () => {
  const view = await simnet.openView(scenarioWith());
  const { discord, slack } = simnet.chat;
  discord.store.addChannel({ id: CHANNEL });
  slack.store.addChannel(SLACK_CHANNEL);
  const env = {
    ...view.env,
    PATH: process.env['PATH'],
    HOME: dataDir,
    NODE_USE_ENV_PROXY: '1',
    NNS_WATCH_DATA_DIR: dataDir,
    NNS_WATCH_CACHE_DIR: join(dataDir, 'cache'),
    STATUS_LISTEN: 'off',
    DISCORD_BOT_TOKEN: discord.botToken,
    DISCORD_CHANNEL_ID: CHANNEL,
    SLACK_BOT_TOKEN: slack.botToken,
    SLACK_CHANNEL_ID: SLACK_CHANNEL,
    SLACK_APP_TOKEN: slack.socketMode.appToken,
    LOG_FORMAT: 'json',
  };
  const main = join(root, 'src/cli/main.ts');
  const argv = ['--disable-warning=ExperimentalWarning', main, 'watch', '--no-builder'];
  const service = spawn(process.execPath, argv, { env, cwd: root, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  service.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const ended = new Promise<number | null>((done) => service.on('close', done));
  try {
    await until(() => discord.gateway.commands.length > 0 && slack.socketMode.connections === 1);
    const id = String(view.proposalId);
    await until(() => JSON.stringify(discord.store.visible(CHANNEL)).includes(`proposal ${id}`));
    const told = await discord.gateway.ask({ command: 'verdict', id });
    expect(JSON.stringify(told), log).toContain(`proposal ${id}`);
    expect((await slack.socketMode.ask({ command: '/nns-watch', text: 'proposals' })).text).toContain('Elections');
    const muted = await discord.gateway.ask({ command: 'mute', id, permissions: 1n << 5n });
    expect(muted.message.content).toContain(`NOT MAINNET · Muted · proposal ${id}`);
    expect(slack.socketMode.refused).toEqual([]);
  } finally {
    service.kill('SIGTERM');
  }
  expect(await ended, log).toBe(0);
  for (const secret of [discord.botToken, slack.botToken, slack.socketMode.appToken]) expect(log).not.toContain(secret);
}, 90_000);
