import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Simnet } from '../../simnet/simnet.ts';
import { CHANNEL, MODES, NOTHING_SET, SLACK_CHANNEL } from '../notify/chat-kit.ts';
import { notice } from '../notify/notices.ts';
import { scenarioWith, startPlainSimnet } from './ic-kit.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');

let simnet: Simnet;
beforeAll(async () => {
  simnet = await startPlainSimnet();
  await simnet.chat.mail.start();
});
afterAll(async () => {
  await simnet.chat.mail.close();
  await simnet.close();
});

/** As the launcher starts the program: nothing tells it of the loopback Internet but standard variables. */
const PROGRAM = `
  const { createNotifiers } = await import(process.env.ROOT + '/src/notify/notifier-registry.ts');
  const deps = { fetch: globalThis.fetch, now: Date.now, write: console.log, statusUrl: null };
  const signal = new AbortController().signal;
  for (const notifier of createNotifiers(JSON.parse(process.env.SETTINGS), deps)) {
    const where = await notifier.deliver(JSON.parse(process.env.NOTICE), { previous: null, attempt: 0, signal });
    console.log(notifier.id, JSON.stringify(where));
    await notifier.close();
  }
`;

test('the real libraries reach every chat under its own name through the proxy of the environment', async () => {
  const view = await simnet.openView(scenarioWith());
  const all = MODES.map((mode) => mode.settings(simnet.chat)).reduce((sum, one) => ({ ...sum, ...one }), {});
  const env = {
    ...view.env,
    PATH: process.env['PATH'],
    NODE_USE_ENV_PROXY: '1',
    ROOT: root,
    SETTINGS: JSON.stringify({ ...NOTHING_SET, ...all }),
    NOTICE: JSON.stringify(notice('verdict', 'mismatch')),
  };
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', PROGRAM], { env, cwd: root });
  expect(stdout.trim().split('\n')).toHaveLength(MODES.length);
  expect(simnet.chat.discord.store.visible(CHANNEL)).toHaveLength(2);
  expect(simnet.chat.slack.store.visible(SLACK_CHANNEL)).toHaveLength(2);
  expect(simnet.chat.webhook.received).toHaveLength(1);
  expect(view.unknownHosts).toEqual([]);
  expect(view.requests.length).toBeGreaterThan(8);
});
