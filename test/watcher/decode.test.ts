import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createPayloadDecoder } from '../../src/watcher/decode.ts';
import { bomb, bombOf, COMMIT, deepBomb, encode, guestosWire, optionalBomb, wideBomb } from './candid.ts';

const decoder = createPayloadDecoder();
afterAll(() => decoder.close());

/** The processes that this one has for decoding, but for those of others, which end when they like. */
function workers(others: readonly number[] = []): number[] {
  const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  const lines = children.split('\n').filter((line) => line.includes('decode-worker'));
  return lines.map((line) => Number.parseInt(line, 10)).filter((pid) => !others.includes(pid));
}

const payload = encode(guestosWire);
const good = { nnsFunction: 38, payload };

describe('a payload', () => {
  it('gives its action', async () => {
    expect(await decoder.payload(good)).toMatchObject({ kind: 'elect-guestos', version: { commit: COMMIT } });
  });

  it('is undecodable where it is too large', async () => {
    const action = await decoder.payload({ nnsFunction: 38, payload: new Uint8Array(128 * 1024 + 1) });
    expect(action).toMatchObject({ kind: 'undecodable', code: 'payload-too-large' });
  });

  it.each<[string, Uint8Array]>([
    ['ten million times nothing', bomb(10_000_000)],
    ['2^32 times nothing', bomb(2 ** 32 - 1)],
    ['an empty record 2^32 times', bombOf([0x6c, 0], 1, 2 ** 32 - 1)],
    ['an optional field of 2^32 times nothing', optionalBomb(2 ** 32 - 1)],
    ['a hundred records around each of fifty thousand elements', deepBomb(100, 50_000)],
    ['a thousand fields of nothing in each of a thousand elements', wideBomb(1000)],
  ])('is undecodable where it is a bomb: %s', async (_, bytes) => {
    const before = process.memoryUsage.rss();
    expect(await decoder.payload({ nnsFunction: 38, payload: bytes })).toMatchObject({ code: 'payload-undecodable' });
    expect(process.memoryUsage.rss() - before).toBeLessThan(100_000_000);
  });

  it.each([
    ['a vector of nothing', bomb(50)],
    ['a vector of empty records', bombOf([0x6c, 0], 1, 50)],
    ['an optional vector of nothing', optionalBomb(50)],
    ['a wide record', wideBomb(20)],
    ['a deep record', deepBomb(20, 50)],
  ])('is decoded with an unknown field that is %s, as long as it is small', async (_, bytes) => {
    // So that the bombs above are refused for their size and not for their form.
    expect(await decoder.payload({ nnsFunction: 38, payload: bytes })).toMatchObject({ code: 'elects-nothing' });
  });

  it('is undecodable where it takes too long, and the next one is decoded all the same', async () => {
    const quick = createPayloadDecoder({ timeLimitMs: 250 });
    // A table of as many types as fit: seconds of reading.
    const types = Array.from({ length: 65_000 }, () => [0x6e, 0x7e]).flat();
    const slow = Uint8Array.from([...Buffer.from('DIDL'), 0xff, 0xff, 3, ...types]);
    const [bad, after] = await Promise.all([quick.payload({ nnsFunction: 38, payload: slow }), quick.payload(good)]);
    expect(bad).toMatchObject({ kind: 'undecodable', code: 'payload-too-expensive' });
    expect(after.kind).toBe('elect-guestos');
    await quick.close();
  });

  it('is decoded after one whose type never ends', async () => {
    const deep = Uint8Array.from([...Buffer.from('DIDL'), 1, 0x6c, 1, 0, 0, 1, 0]);
    const [bad, after] = await Promise.all([
      decoder.payload({ nnsFunction: 38, payload: deep }),
      decoder.payload(good),
    ]);
    expect([bad.kind, after.kind]).toEqual(['undecodable', 'elect-guestos']);
  });

  it('gives an action for any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.boolean(), async (tail, magic) => {
        const bytes = magic ? Uint8Array.from([...Buffer.from('DIDL'), ...tail]) : tail;
        expect((await decoder.payload({ nnsFunction: 38, payload: bytes })).kind).toBe('undecodable');
      }),
      { numRuns: 300 },
    );
  });

  it('ends its process when there is nothing to decode, and starts another one when there is', async () => {
    const others = workers();
    const resting = createPayloadDecoder({ idleMs: 500 });
    await resting.payload(good);
    expect(workers(others)).toHaveLength(1);
    await vi.waitUntil(() => workers(others).length === 0, { timeout: 5000 });
    const [one, two] = await Promise.all([resting.payload(good), resting.payload(good)]);
    expect([one.kind, two]).toEqual(['elect-guestos', one]);
    await resting.close();
  });

  it('is decoded by a process that has nothing of ours, and all the same where that one is killed', async () => {
    const others = workers();
    const other = createPayloadDecoder();
    await other.payload(good);
    const [pid] = workers(others);
    const given = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .filter((each) => each !== '');
    expect(given.map((each) => each.replace(/=.*/, '')).sort()).toEqual([
      'NODE_CHANNEL_FD',
      'NODE_CHANNEL_SERIALIZATION_MODE',
    ]);
    process.kill(pid!, 'SIGTERM');
    expect((await other.payload(good)).kind).toBe('elect-guestos');
    process.kill(pid!, 'SIGKILL');
    expect((await other.payload(good)).kind).toBe('elect-guestos');
    await other.close();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(workers(others)).toEqual([]);
  });

  it('keeps a program that waits for nothing else until its process has ended', () => {
    const decode = new URL('../../src/watcher/decode.ts', import.meta.url);
    const program = `
      const decoder = (await import('${decode.href}')).createPayloadDecoder();
      const { kind } = await decoder.payload({ nnsFunction: 38, payload: Buffer.from('${Buffer.from(payload).toString('hex')}', 'hex') });
      await decoder.close();
      console.log(kind);
    `;
    expect(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' })).toBe(
      'elect-guestos\n',
    );
  });

  it('works again after the decoder was closed', async () => {
    const other = createPayloadDecoder();
    await other.payload(good);
    await other.close();
    expect((await other.payload(good)).kind).toBe('elect-guestos');
    await other.close();
  });
});
