import { IDL } from '@icp-sdk/core/candid';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createPayloadDecoder } from '../../src/watcher/decode.ts';
import { encodeProposalId } from '../../src/watcher/raw.ts';
import { bomb, deepBomb, encode, guestosWire } from './candid.ts';

const decoder = createPayloadDecoder();
afterAll(() => decoder.close());

const payload = encode(guestosWire);

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

it('encodes the argument as a nat64', () => {
  expect(IDL.decode([IDL.Nat64], encodeProposalId('18446744073709551615'))).toEqual([2n ** 64n - 1n]);
});
