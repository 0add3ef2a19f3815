import { IDL } from '@icp-sdk/core/candid';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import type { ProposalId } from '../../src/domain/ids.ts';
import { createPayloadDecoder } from '../../src/watcher/decode.ts';
import { encodeListRequest } from '../../src/watcher/list-candid.ts';
import { bomb, encode } from './candid.ts';

const decoder = createPayloadDecoder();
afterAll(() => decoder.close());

type Fields = Record<string, [IDL.Type, unknown]>;
const Id = IDL.Record({ id: IDL.Nat64 });
const Tally = IDL.Record({ yes: IDL.Nat64, no: IDL.Nat64, total: IDL.Nat64 });
const Call = IDL.Record({ nns_function: IDL.Int32, payload: IDL.Vec(IDL.Nat8) });
const Action = IDL.Variant({ ExecuteNnsFunction: Call, Newer: IDL.Record({ x: IDL.Text }) });
const Body = IDL.Record({ title: IDL.Opt(IDL.Text), summary: IDL.Text, action: IDL.Opt(Action) });
const call = (nns_function: number) => ({ ExecuteNnsFunction: { nns_function, payload: Uint8Array.of(1) } });
const body = (action: unknown) => [{ title: ['t'], summary: 's', action: [action] }];

const entry: Fields = {
  id: [IDL.Opt(Id), [{ id: 200_000n }]],
  topic: [IDL.Int32, 13],
  status: [IDL.Int32, 1],
  reward_status: [IDL.Int32, 1],
  proposal_timestamp_seconds: [IDL.Nat64, 1_755_116_781n],
  deadline_timestamp_seconds: [IDL.Opt(IDL.Nat64), [1_755_462_381n]],
  decided_timestamp_seconds: [IDL.Nat64, 0n],
  latest_tally: [IDL.Opt(Tally), [{ yes: 1n, no: 2n, total: 50_559_286_701_411_626n }]],
  proposal: [IDL.Opt(Body), body(call(38))],
};

/** A page of entries that share their types, as candid has it. */
function page(...changes: Fields[]): Uint8Array {
  const types = { ...entry, ...changes[0] };
  const type = IDL.Record(Object.fromEntries(Object.entries(types).map(([name, [t]]) => [name, t])));
  const values = changes.map((change) =>
    Object.fromEntries(Object.entries({ ...entry, ...change }).map(([name, [, value]]) => [name, value])),
  );
  return encode({ proposal_info: [IDL.Vec(type), values] });
}
const id = (value: bigint): Fields => ({ id: [IDL.Opt(Id), [{ id: value }]] });
const read = (reply: Uint8Array) => decoder.reply('list', reply);

describe('a page of a list', () => {
  it('gives what is needed to see what is new and what changed', async () => {
    expect(await read(page({}))).toEqual({
      proposals: [
        {
          id: '200000',
          topic: 13,
          nnsFunction: 38,
          status: 'open',
          rewardStatus: 'accept-votes',
          submittedAt: 1_755_116_781,
          deadlineAt: 1_755_462_381,
          decidedAt: null,
          executedAt: null,
          failedAt: null,
          tally: { yes: '1', no: '2', total: '50559286701411626' },
        },
      ],
      unreadable: 0,
    });
  });

  it('is empty at the end', async () => {
    expect(await read(page())).toEqual({ proposals: [], unreadable: 0 });
  });

  it('keeps the others beside one without an id, and says that there is one', async () => {
    const { proposals, unreadable } = await read(page(id(9n), { id: [IDL.Opt(Id), []] }, id(7n)));
    expect(proposals.map((listed) => listed.id)).toEqual(['9', '7']);
    expect(unreadable).toBe(1);
  });

  it('names the odd ones that have an id', async () => {
    const topic = (value: number[]): Fields => ({ topic: [IDL.Opt(IDL.Int32), value] });
    const entries = [
      { ...id(9n), ...topic([13]) },
      { ...id(8n), ...topic([]) },
    ];
    const { proposals, unreadable, unread } = await read(page(...entries));
    expect([proposals.map((listed) => listed.id), unreadable, unread]).toEqual([['9'], 1, ['8']]);
  });

  it('keeps an id with an action that nobody knows, without a body, and with numbers that are not known', async () => {
    const odd: Fields[] = [
      { ...id(9n), proposal: [IDL.Opt(Body), body({ Newer: { x: 'x' } })] },
      { ...id(8n), proposal: [IDL.Opt(Body), []] },
      { ...id(7n), status: [IDL.Int32, 99], reward_status: [IDL.Int32, -1] },
    ];
    const { proposals, unreadable } = await read(page(...odd));
    expect(proposals.map(({ nnsFunction, status }) => [nnsFunction, status])).toEqual([
      [null, 'open'],
      [null, 'open'],
      [38, 'unknown'],
    ]);
    expect(unreadable).toBe(0);
  });

  it.each<[string, Fields]>([
    ['a tally', { latest_tally: [IDL.Opt(IDL.Text), ['x']] }],
    ['a status', { status: [IDL.Text, 'open'] }],
    ['a body', { proposal: [IDL.Text, 'x'] }],
  ])('still names its proposals when %s is of another type one day', async (_, changes) => {
    expect(await read(page(changes))).toMatchObject({ proposals: [{ id: '200000', topic: 13 }], unreadable: 0 });
  });

  it('has only unreadable entries when ids are of another type one day: that is no end', async () => {
    expect(await read(page({ id: [IDL.Opt(IDL.Text), ['200000']] }))).toEqual({ proposals: [], unreadable: 1 });
  });

  it('is refused where it is a bomb or no page', async () => {
    const text = encode({ proposal_info: [IDL.Text, 'x'] });
    for (const bytes of [bomb(2 ** 32 - 1), text, Uint8Array.of(), encode({})]) {
      await expect(read(bytes)).rejects.toMatchObject({ kind: 'malformed', code: 'reply-undecodable' });
    }
  });

  it('is read or refused, whatever the bytes are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (tail) => {
        const bytes = Uint8Array.from([...Buffer.from('DIDL'), ...tail]);
        const answer = await read(bytes).catch((error: unknown) => error);
        expect(answer).toMatchObject({ kind: 'malformed' });
      }),
      { numRuns: 200 },
    );
  });

  it('is read at the size of the largest one', async () => {
    const summary = 's'.repeat(30_000);
    const entries = Array.from({ length: 100 }, (_, index) => ({
      ...id(BigInt(1000 - index)),
      proposal: [IDL.Opt(Body), [{ title: [], summary, action: [call(38)] }]] as [IDL.Type, unknown],
    }));
    expect((await read(page(...entries))).proposals).toHaveLength(100);
  });
});

describe('the request for a page', () => {
  const Request = IDL.Record({
    before_proposal: IDL.Opt(Id),
    limit: IDL.Nat32,
    exclude_topic: IDL.Vec(IDL.Int32),
    include_status: IDL.Vec(IDL.Int32),
    include_reward_status: IDL.Vec(IDL.Int32),
  });

  it('excludes every other topic that is known, and asks for any status', () => {
    const arg = encodeListRequest({ before: '7' as ProposalId, limit: 100, votingOnly: false });
    const [request] = IDL.decode([Request], Uint8Array.from(arg)) as unknown as [Record<string, ArrayLike<number>>];
    expect(request).toMatchObject({ before_proposal: [{ id: 7n }], limit: 100 });
    expect([...Array.from(request['exclude_topic']!)]).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18,
    ]);
    expect(request['include_status']).toHaveLength(0);
    expect(request['include_reward_status']).toHaveLength(0);
  });

  it('can ask for what still accepts votes', () => {
    const arg = encodeListRequest({ before: null, limit: 25, votingOnly: true });
    const [request] = IDL.decode([Request], Uint8Array.from(arg)) as unknown as [Record<string, ArrayLike<number>>];
    expect(request['before_proposal']).toEqual([]);
    expect(Array.from(request['include_reward_status']!)).toEqual([1]);
  });
});
