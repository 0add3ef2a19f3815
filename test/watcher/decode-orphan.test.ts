import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';

const DECODE = new URL('../../src/watcher/decode.ts', import.meta.url).href;
/** Decodes once, says so, and then waits for ever. */
const SERVICE = `
  const { createPayloadDecoder } = await import(${JSON.stringify(DECODE)});
  await createPayloadDecoder().payload({ nnsFunction: 38, payload: new Uint8Array([1]) });
  console.log('decoded');
  setInterval(() => undefined, 1000);
`;

it('a decoder ends with a service that is killed', async () => {
  const service = spawn(process.execPath, ['--input-type=module', '--eval', SERVICE], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(service.stdout, 'data');
  const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(service.pid)], { encoding: 'utf8' });
  const decoders = children.split('\n').filter((line) => line.includes('decode-worker'));
  expect(decoders).toHaveLength(1);
  const pid = Number.parseInt(decoders[0] ?? '', 10);
  service.kill('SIGKILL');
  await once(service, 'exit');
  for (let waits = 0; waits < 100 && existsSync(`/proc/${pid}/exe`); waits += 1) await pause(100);
  expect(existsSync(`/proc/${pid}/exe`)).toBe(false);
});
