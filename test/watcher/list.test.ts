import { describe, expect, it } from 'vitest';
import type { ProposalId } from '../../src/domain/ids.ts';
import type { BoundaryDeps } from '../../src/watcher/boundary.ts';
import type { PayloadDecoder } from '../../src/watcher/decode.ts';
import { createElectionList, type Wanted } from '../../src/watcher/list.ts';
import { encodeListRequest, type ListPage } from '../../src/watcher/list-candid.ts';
import type { SimnetView } from '../../simnet/simnet.ts';
import type { Fault } from '../../simnet/types.ts';
import { scenarioWith } from '../simnet/ic-kit.ts';
import { GOVERNANCE, IcRig } from './ic-rig.ts';
import { HOSTS } from './kit.ts';

const rig = new IcRig();
const { decode } = rig;
const open = (...faults: Fault[]): Promise<SimnetView> => rig.open({ faults });

function listOf(view: SimnetView, changes: Partial<BoundaryDeps & { decode: PayloadDecoder }> = {}) {
  const deps = rig.reach(view);
  const list = createElectionList({ ...deps, canisterId: GOVERNANCE, decode, ...changes });
  const read = (wanted: Partial<Wanted> = {}) =>
    list.read({ certified: false, downTo: null, ...wanted }, new AbortController().signal);
  const ids = async (wanted: Partial<Wanted> = {}) => (await read(wanted)).elections.map(({ id }) => id);
  return { read, ids, fetch: deps.fetch };
}

/** As the canister has them, by its own book. */
function electionsOf(view: SimnetView): ProposalId[] {
  const all = rig.simnet.ic.book.newestFirst(view).filter(({ topic }) => topic === 13);
  return all.map(({ id }) => String(id) as ProposalId);
}

const all = (fault: Extract<Fault, { at: 'ic' }>['fault'], times?: number): Fault => ({
  at: 'ic',
  hosts: 'all',
  fault,
  ...(times === undefined ? {} : { times }),
});
const lists = (view: SimnetView): string[] =>
  view.requests.filter(({ url }) => /\/(query|call)$/.test(url)).map(({ url }) => url.slice(url.lastIndexOf('/') + 1));

/** A decoder that changes what pages of lists say. */
function pages(change: (page: ListPage) => ListPage): PayloadDecoder {
  return {
    ...decode,
    reply: async (kind, reply) => {
      const value = await decode.reply(kind, reply);
      return kind === 'list' ? (change(value as ListPage) as typeof value) : value;
    },
  };
}

describe('the list of elections', () => {
  it('is all of them and nothing else, newest first, queried or certified', async () => {
    const view = await open();
    const { ids } = listOf(view);
    const expected = electionsOf(view);
    expect(expected.length).toBeGreaterThan(10);
    expect(await ids()).toEqual(expected);
    expect(await ids({ certified: true })).toEqual(expected);
    expect(lists(view).slice(0, 2)).toEqual(['query', 'query']);
    expect(lists(view).slice(2)).not.toContain('query');
  });

  it('has no gap where more were submitted than fit on a page', async () => {
    const view = await open();
    for (let count = 0; count < 130; count += 1) view.elect(scenarioWith({ elects: 'retire-only' }));
    const { ids } = listOf(view);
    const found = await ids({ downTo: String(view.proposalId) as ProposalId });
    expect(found).toEqual(expect.arrayContaining(electionsOf(view).slice(0, 131)));
    expect(new Set(found).size).toBe(found.length);
    expect(lists(view)).toEqual(['query', 'query']);
  });

  it('takes one page where that reaches what is known', async () => {
    const view = await open();
    await listOf(view).read({ downTo: electionsOf(view)[3]! });
    expect(lists(view)).toEqual(['query']);
  });

  it('ends after as many as were wanted', async () => {
    const view = await open();
    for (let count = 0; count < 40; count += 1) view.elect(scenarioWith({ elects: 'retire-only' }));
    const found = await listOf(view).ids({ certified: true, most: 30 });
    expect(found).toEqual(electionsOf(view).slice(0, 50));
  });

  it('can be of those that still accept votes', async () => {
    const view = await open();
    const decided = view.elect(scenarioWith());
    rig.simnet.ic.book.change(view, decided, { status: 4, decided: 1n });
    const closed = view.elect(scenarioWith());
    rig.simnet.ic.book.change(view, closed, { deadline: 1n });
    expect(await listOf(view).ids({ votingOnly: true })).toEqual([String(decided), String(view.proposalId)]);
  });

  it('shows what a node left out where it is certified', async () => {
    const view = await open(all('omits-proposal'));
    const { ids } = listOf(view);
    expect(await ids()).toEqual(electionsOf(view).slice(1));
    expect(await ids({ certified: true })).toEqual(electionsOf(view));
  });

  it('counts an election function of a topic that nobody knows yet', async () => {
    const view = await open();
    rig.simnet.ic.book.change(view, view.proposalId, { topic: 19 });
    const { elections } = await listOf(view).read();
    expect(elections[0]).toMatchObject({ id: String(view.proposalId), topic: 19, nnsFunction: 38 });
  });

  it('leaves out what is of a new topic and no election', async () => {
    const view = await open();
    const other = view.elect(scenarioWith({ elects: 'not-an-election' }));
    rig.simnet.ic.book.change(view, other, { topic: 19 });
    expect((await listOf(view).ids())[0]).toBe(String(view.proposalId));
  });
});

describe('a node that lies or is down', () => {
  it.each(['altered-reply', 'other-root', 'stale-certificate', 'down', 'http-500'] as const)(
    'does no harm alone: %s',
    async (fault) => {
      const view = await open({ at: 'ic', hosts: HOSTS.slice(0, 1).map((host) => host.slice(8)), fault });
      const { ids } = listOf(view);
      expect(await ids({ downTo: electionsOf(view)[1]! })).toEqual(electionsOf(view));
    },
  );

  it.each([
    ['down', 'transport'],
    ['http-500', 'transport'],
    ['altered-reply', 'untrusted'],
    ['other-root', 'untrusted'],
    ['stale-certificate', 'untrusted'],
  ] as const)('makes the list fail, never empty, where all are so: %s', async (fault, kind) => {
    const view = await open(all(fault));
    const { read } = listOf(view);
    await expect(read()).rejects.toMatchObject({ name: 'WatchError', kind });
    await expect(read({ certified: true })).rejects.toMatchObject({ name: 'WatchError', kind });
  });

  it('makes the list fail where it fails on a later page', async () => {
    const view = await open();
    for (let count = 0; count < 101; count += 1) view.elect(scenarioWith({ elects: 'retire-only' }));
    let asked = 0;
    const { fetch } = listOf(view);
    const late: typeof fetch = async (input, init) => {
      const url = input instanceof URL ? input.href : (input as string);
      if (url.endsWith('/query') && (asked += 1) > 1) throw new TypeError('lost');
      return fetch(input, init);
    };
    const { read } = listOf(view, { fetch: late });
    await expect(read()).rejects.toMatchObject({ kind: 'transport' });
    expect(asked).toBeGreaterThan(2);
  });

  it.each<[string, (page: ListPage) => ListPage, string]>([
    ['out of order', ({ proposals }) => ({ proposals: proposals.toReversed(), unreadable: 0 }), 'list-out-of-order'],
    [
      'twice the same',
      ({ proposals }) => ({ proposals: [proposals[0]!, ...proposals], unreadable: 0 }),
      'list-out-of-order',
    ],
    ['nothing that can be read', () => ({ proposals: [], unreadable: 3 }), 'list-unreadable'],
  ])('is not believed where it lists %s', async (_, change, code) => {
    const view = await open();
    const { read } = listOf(view, { decode: pages(change) });
    await expect(read()).rejects.toMatchObject({ message: expect.stringContaining(code) as string });
    if (code === 'list-unreadable') await expect(read()).rejects.toMatchObject({ kind: 'malformed', code });
  });

  it('goes on below entries that nobody can read, and names them', async () => {
    const view = await open();
    const odd: ProposalId[] = [];
    let first = true;
    const spoilt = pages((page) => {
      if (!first) return page;
      first = false;
      odd.push(...page.proposals.map(({ id }) => id));
      return { proposals: [], unreadable: odd.length, unread: odd };
    });
    const { read } = listOf(view, { decode: spoilt });
    const { elections, unreadable, unread } = await read({ certified: true });
    expect([unreadable, unread]).toEqual([odd.length, odd]);
    expect(elections.map(({ id }) => id)).toEqual(electionsOf(view).filter((id) => !odd.includes(id)));
    expect(elections.length).toBeGreaterThan(0);
  });

  it('is not followed without end', async () => {
    const view = await open();
    let next = 10_000_000;
    const endless = pages(({ proposals }) => ({
      proposals: Array.from({ length: 100 }, () => ({ ...proposals[0]!, id: String((next -= 1)) as ProposalId })),
      unreadable: 0,
    }));
    // Pages below every real id are empty, so the wire always asks from the newest.
    const { fetch } = listOf(view);
    const { read } = listOf(view, { decode: { ...endless, reply: endlessReply(endless) }, fetch });
    await expect(read()).rejects.toMatchObject({ kind: 'limit', code: 'list-too-long' });
    expect(lists(view).length).toBeLessThanOrEqual(50);
  });

  /** The first page again and again, so that there is something to change. */
  function endlessReply(decoder: PayloadDecoder): PayloadDecoder['reply'] {
    let first: Uint8Array | undefined;
    return (kind, reply) => decoder.reply(kind, (first ??= reply));
  }
});

describe('a page that no reply can hold', () => {
  it('is asked for in smaller ones', async () => {
    const view = await open();
    const { fetch } = listOf(view);
    const tooMuch = Buffer.from(encodeListRequest({ before: null, limit: 100, votingOnly: false }));
    let refused = 0;
    const narrow: typeof fetch = async (input, init) => {
      if (!Buffer.from(init?.body as Uint8Array).includes(tooMuch)) return fetch(input, init);
      refused += 1;
      return new Response(new Uint8Array(5 * 1024 * 1024));
    };
    expect(await listOf(view, { fetch: narrow }).ids()).toEqual(electionsOf(view));
    expect(refused).toBeGreaterThan(0);
    expect(lists(view).length).toBeGreaterThan(2);
  });
});
