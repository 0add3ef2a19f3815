import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { IDL } from '@icp-sdk/core/candid';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { createPayloadDecoder } from '../../src/watcher/decode.ts';
import { encodeProposalId } from '../../src/watcher/raw.ts';
import { bomb, bombOf, COMMIT, deepBomb, encode, guestosWire, optionalBomb, wideBomb } from './candid.ts';

const decoder = createPayloadDecoder();
afterAll(() => decoder.close());

/** The processes that this one has for decoding. */
function workers(): string[] {
  const children = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' });
  return children.split('\n').filter((line) => line.includes('decode-worker'));
}

const pidOf = (line: string): number => Number.parseInt(line, 10);

const payload = encode(guestosWire);
const good = { nnsFunction: 38, payload };

type Fields = Record<string, [IDL.Type, unknown]>;
const Id = IDL.Record({ id: IDL.Nat64 });
const Call = IDL.Record({ nns_function: IDL.Int32, payload: IDL.Vec(IDL.Nat8) });
const body = (action: IDL.Type, value: unknown): Fields => ({
  proposal: [
    IDL.Opt(IDL.Record({ title: IDL.Opt(IDL.Text), summary: IDL.Text, url: IDL.Text, action: IDL.Opt(action) })),
    [{ title: ['Elect'], summary: 's', url: 'u', action: [value] }],
  ],
});
const info: Fields = {
  id: [IDL.Opt(Id), [{ id: 143816n }]],
  topic: [IDL.Int32, 13],
  status: [IDL.Int32, 1],
  reward_status: [IDL.Int32, 1],
  proposer: [IDL.Opt(Id), [{ id: 2n ** 64n - 1n }]],
  proposal_timestamp_seconds: [IDL.Nat64, 1_755_116_781n],
  deadline_timestamp_seconds: [IDL.Opt(IDL.Nat64), [1_755_462_381n]],
  decided_timestamp_seconds: [IDL.Nat64, 0n],
  latest_tally: [
    IDL.Opt(IDL.Record({ yes: IDL.Nat64, no: IDL.Nat64, total: IDL.Nat64 })),
    [{ yes: 1n, no: 2n, total: 50_559_286_701_411_626n }],
  ],
  ...body(IDL.Variant({ ExecuteNnsFunction: Call, Motion: IDL.Record({ motion_text: IDL.Text }) }), {
    ExecuteNnsFunction: { nns_function: 38, payload },
  }),
};

function reply(changes: Fields = {}): Uint8Array {
  const fields = Object.entries({ ...info, ...changes });
  const type = IDL.Opt(IDL.Record(Object.fromEntries(fields.map(([name, [t]]) => [name, t]))));
  return new Uint8Array(IDL.encode([type], [[Object.fromEntries(fields.map(([name, [, value]]) => [name, value]))]]));
}

describe('a reply of get_proposal_info', () => {
  it('gives the proposal and the call that it carries', async () => {
    expect(await decoder.reply('proposal', reply())).toEqual({
      proposal: {
        id: '143816',
        topic: 13,
        title: 'Elect',
        summary: 's',
        url: 'u',
        proposer: '18446744073709551615',
        status: 'open',
        rewardStatus: 'accept-votes',
        submittedAt: 1_755_116_781,
        deadlineAt: 1_755_462_381,
        decidedAt: null,
        executedAt: null,
        failedAt: null,
        failureReason: null,
        tally: { yes: '1', no: '2', total: '50559286701411626' },
      },
      call: { nnsFunction: 38, payload },
    });
  });

  it('is null where the canister says that there is none', async () => {
    expect(await decoder.reply('proposal', new Uint8Array(IDL.encode([IDL.Opt(IDL.Nat)], [[]])))).toBeNull();
  });

  it('survives new fields and numbers that are not known', async () => {
    const changes: Fields = { status: [IDL.Int32, 42], brand_new: [IDL.Vec(IDL.Text), ['x']] };
    expect(await decoder.reply('proposal', reply(changes))).toMatchObject({ proposal: { status: 'unknown' } });
  });

  it.each<[string, Fields]>([
    ['of an unknown kind', body(IDL.Variant({ Newer: IDL.Text }), { Newer: 'x' })],
    ['of a kind that is none of ours', body(IDL.Variant({ Motion: IDL.Null }), { Motion: null })],
    [
      'whose payload is of another type',
      body(IDL.Variant({ ExecuteNnsFunction: IDL.Record({ nns_function: IDL.Int32, payload: IDL.Text }) }), {
        ExecuteNnsFunction: { nns_function: 38, payload: 'x' },
      }),
    ],
  ])('gives no call for an action %s', async (_, changes) => {
    expect(await decoder.reply('proposal', reply(changes))).toMatchObject({ proposal: { topic: 13 }, call: null });
  });

  it.each<[string, Fields]>([
    ['an id of another type', { id: [IDL.Opt(IDL.Text), ['143816']] }],
    ['no id', { id: [IDL.Opt(Id), []] }],
    ['a topic of another type', { topic: [IDL.Text, '13'] }],
    ['no content', { proposal: [IDL.Opt(IDL.Text), []] }],
    ['a content of another type', { proposal: [IDL.Opt(IDL.Text), ['x']] }],
  ])('is unreadable, not absent, with %s', async (_, changes) => {
    await expect(decoder.reply('proposal', reply(changes))).rejects.toMatchObject({
      kind: 'malformed',
      code: 'reply-undecodable',
    });
  });

  it('is unreadable where it is no proposal at all', async () => {
    const text = new Uint8Array(IDL.encode([IDL.Opt(IDL.Text)], [['x']]));
    await expect(decoder.reply('proposal', text)).rejects.toMatchObject({ kind: 'malformed' });
  });

  it('is read at the size of the largest one', async () => {
    const large = new Uint8Array(2_900_000).fill(7);
    const changes = body(IDL.Variant({ ExecuteNnsFunction: Call }), {
      ExecuteNnsFunction: { nns_function: 3, payload: large },
    });
    const { call } = (await decoder.reply('proposal', reply(changes)))!;
    expect(call?.payload.length).toBe(large.length);
  });

  it.each([bomb(2 ** 32 - 1), deepBomb(100, 50_000)])('is refused where it is a bomb', async (bytes) => {
    await expect(decoder.reply('proposal', bytes)).rejects.toMatchObject({
      kind: 'malformed',
      code: 'reply-undecodable',
    });
  });

  it('is unreadable or says that there is none, whatever the bytes are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), fc.boolean(), async (tail, magic) => {
        const bytes = magic ? Uint8Array.from([...Buffer.from('DIDL'), ...tail]) : tail;
        const read = await decoder.reply('proposal', bytes).catch((error: unknown) => error);
        if (read !== null) expect(read).toMatchObject({ kind: 'malformed', code: 'reply-undecodable' });
      }),
      { numRuns: 300 },
    );
  });

  it('is not decoded beyond 4 MiB', async () => {
    await expect(decoder.reply('proposal', new Uint8Array(4 * 1024 * 1024 + 1))).rejects.toMatchObject({
      code: 'reply-too-large',
    });
  });
});

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
    const resting = createPayloadDecoder({ idleMs: 50 });
    await resting.payload(good);
    expect(workers()).toHaveLength(others.length + 1);
    await vi.waitUntil(() => workers().length === others.length, { timeout: 5000 });
    const [one, two] = await Promise.all([resting.payload(good), resting.payload(good)]);
    expect([one.kind, two]).toEqual(['elect-guestos', one]);
    await resting.close();
  });

  it('is decoded by a process that has nothing of ours, and all the same where that one is killed', async () => {
    const others = workers().map(pidOf);
    const other = createPayloadDecoder();
    await other.payload(good);
    const pid = workers()
      .map(pidOf)
      .find((each) => !others.includes(each))!;
    const given = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .filter((each) => each !== '');
    expect(given.map((each) => each.replace(/=.*/, '')).sort()).toEqual([
      'NODE_CHANNEL_FD',
      'NODE_CHANNEL_SERIALIZATION_MODE',
    ]);
    process.kill(pid, 'SIGTERM');
    expect((await other.payload(good)).kind).toBe('elect-guestos');
    process.kill(pid, 'SIGKILL');
    expect((await other.payload(good)).kind).toBe('elect-guestos');
    await other.close();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(workers()).toHaveLength(others.length);
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

it('encodes the argument as a nat64', () => {
  expect(IDL.decode([IDL.Nat64], encodeProposalId('18446744073709551615'))).toEqual([2n ** 64n - 1n]);
});
