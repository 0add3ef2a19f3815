import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { originOf } from '../../src/service/unhandled-errors.ts';

const root = resolve(import.meta.dirname, '../..');
const at = (file: string): string => `    at Thing.method (${file}:12:3)`;
const DISCORD = at(`${root}/node_modules/@discordjs/ws/dist/index.js`);
const SLACK = at(`file://${root}/node_modules/@slack/socket-mode/dist/src/SocketModeClient.js`);
const WS = at(`${root}/node_modules/ws/lib/websocket.js`);
const OURS = at(`file://${root}/dist/notify/notifiers/discord/gateway.js`);
const NODE = at('node:internal/process/task_queues');

function failure(message: string, frames: readonly string[], code?: string): Error {
  const error = Object.assign(new Error(message), code === undefined ? {} : { code });
  error.stack = [`Error: ${message}`, ...frames].join('\n');
  return error;
}

describe('where a stray failure came from', () => {
  it.each([
    ['Discord’s library', failure('x is undefined', [WS, DISCORD, NODE]), 'discord'],
    ['Slack’s library', failure('not well', [SLACK]), 'slack'],
    ['a connection that broke', failure('read', [WS, NODE], 'ECONNRESET'), 'loose-end'],
    ['a body that broke off', failure('terminated', [NODE]), 'loose-end'],
    ['a library that threw no error', undefined, 'loose-end'],
    ['our own call of a library', failure('x is undefined', [DISCORD, OURS]), 'bug'],
    ['our own code, whatever it says', failure('read', [OURS], 'ECONNRESET'), 'bug'],
    ['some other library', failure('x is undefined', [at(`${root}/node_modules/kysely/dist/x.js`)]), 'bug'],
    ['nowhere', failure('x is undefined', []), 'bug'],
    ['a title that names a library', failure('at /node_modules/@slack/web-api/x.js', [NODE]), 'bug'],
    ['a forged frame in the message', failure('x\n    at /node_modules/@slack/x.js', [OURS]), 'bug'],
  ])('%s', (_name, thrown, origin) => {
    expect(originOf(thrown)).toBe(origin);
  });
});
