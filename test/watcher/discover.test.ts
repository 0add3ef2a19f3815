import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { unavailable } from '../../src/domain/evidence.ts';
import { WatchError } from '../../src/domain/errors.ts';
import type { ProposalId } from '../../src/domain/ids.ts';
import { kindOf } from '../../src/domain/proposal.ts';
import { Status } from '../../simnet/ic/governance/proposal.ts';
import type { Simnet } from '../../simnet/simnet.ts';
import type { Fault, Scenario } from '../../simnet/types.ts';
import { scenarioWith, startPlainSimnet } from '../simnet/ic-kit.ts';
import { decode, lyingList, readerExcept, startWatch, type Watch } from './discover-kit.ts';

const HOUR = 3_600_000;
const closing: (() => Promise<unknown>)[] = [];
let simnet: Simnet;
beforeAll(async () => {
  simnet = await startPlainSimnet();
});
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});
afterAll(async () => {
  await simnet.close();
  await decode.close();
});

const start = (scenario?: Partial<Scenario>): Promise<Watch> => startWatch(simnet, closing, scenario);
/** A service that has seen everything that there is. */
async function started(scenario?: Partial<Scenario>): Promise<Watch> {
  const watch = await start(scenario);
  await watch.settle();
  return watch;
}
const all = (fault: Extract<Fault, { at: 'ic' }>['fault'], times?: number): Fault => ({
  at: 'ic',
  hosts: 'all',
  fault,
  ...(times === undefined ? {} : { times }),
});
const text = (id: bigint): ProposalId => String(id) as ProposalId;
const seconds = (): bigint => BigInt(Math.trunc(Date.now() / 1000));

describe('a first start', () => {
  it('takes up what is open, and records the rest as history without a word', async () => {
    const watch = await start();
    const decided = watch.view.elect(scenarioWith());
    simnet.ic.book.change(watch.view, decided, { status: Status.executed, decided: seconds() });
    const over = watch.view.elect(scenarioWith());
    simnet.ic.book.change(watch.view, over, { status: Status.rejected, decided: 1n, deadline: seconds() - 1n });
    const { found, troubles } = await watch.poll();
    const open = [text(watch.view.proposalId), text(decided)];
    expect(found).toEqual(expect.arrayContaining([...open, text(over), '138814']));
    expect(troubles).toEqual([]);
    expect(await watch.jobs()).toEqual(open);
    expect(await watch.told()).toBe(2);
    expect(await watch.stored(over)).toMatchObject({ status: 'rejected', action: { kind: 'elect-guestos' } });
    expect(await watch.elections.known()).toEqual({ newest: text(over), unfinished: open });
  });

  it('is no first start a second time, and finds nothing new', async () => {
    const watch = await start();
    await watch.readQuickly();
    await watch.poll({ firstStart: true, certifiedList: true });
    watch.view.requests.length = 0;
    expect(await watch.poll()).toEqual({ found: [], changed: [], refused: [], troubles: [] });
    const urls = watch.view.requests.map(({ url }) => url);
    expect(urls.filter((url) => url.endsWith('/query'))).toHaveLength(1);
    expect(urls.filter((url) => url.endsWith('/call'))).toEqual([]);
  });

  it('is made again where it was broken off, and takes up the same', async () => {
    const watch = await start();
    await watch.readQuickly();
    const { reader } = watch.deps;
    const down = async () => unavailable('transport', 'hosts-unreachable', 'all are down', 'here', 0);
    watch.deps = { ...watch.deps, reader: readerExcept(reader, 138814n, down) };
    await expect(watch.poll()).rejects.toMatchObject({ code: 'hosts-unreachable' });
    expect(await watch.jobs()).toEqual([text(watch.view.proposalId)]);
    expect((await watch.elections.known()).newest).toBeNull();
    watch.deps = { ...watch.deps, reader };
    watch.restart();
    await watch.poll();
    expect(await watch.jobs()).toEqual([text(watch.view.proposalId)]);
    expect(await watch.told()).toBe(1);
    expect((await watch.elections.known()).newest).toBe(text(watch.view.proposalId));
  });
});

describe('a new election', () => {
  it('is recorded with the payload that lists leave blank', async () => {
    const watch = await started();
    const id = watch.view.elect(scenarioWith({ payload: { retires: ['1', '2', '3'].map((d) => d.repeat(40)) } }));
    expect((await watch.poll()).found).toEqual([text(id)]);
    const action = (await watch.stored(id))?.action;
    if (action?.kind !== 'elect-guestos') throw new Error('not an election');
    expect(action.version.launchMeasurements).toHaveLength(2);
    expect(await watch.jobs()).toContain(text(id));
    expect(watch.reads()).toBe(1);
  });

  it('is not missed after any downtime, whether it is open or over by then', async () => {
    const watch = await started();
    const missed = Array.from({ length: 105 }, () => watch.view.elect(scenarioWith({ elects: 'retire-only' })));
    for (const id of missed.slice(0, 50)) {
      simnet.ic.book.change(watch.view, id, { status: Status.executed, decided: 1n, deadline: seconds() - 60n });
    }
    watch.restart();
    await watch.readQuickly();
    const { found } = await watch.poll({ certifiedList: true });
    expect(found).toEqual(missed.map(text));
    expect(await watch.jobs()).toEqual([watch.view.proposalId, ...missed].map(text));
    expect((await watch.elections.known()).newest).toBe(text(missed.at(-1)!));
  }, 60_000);

  it.each<[string, Partial<Scenario>, string]>([
    ['an action that nobody knows', { elects: 'unknown-action' }, 'unknown-action'],
    ['garbage for a payload', { payload: { rawPayload: 'deadbeef' } }, 'payload-undecodable'],
    ['an empty payload', { payload: { rawPayload: '' } }, 'payload-empty'],
    ['measurements of another type', { payload: { undecodableMeasurements: true } }, 'measurements-undecodable'],
  ])('is told and not skipped with %s, and costs the others nothing', async (_, odd, code) => {
    const watch = await started();
    const before = watch.view.elect(scenarioWith());
    const poison = watch.view.elect(scenarioWith(odd));
    const after = watch.view.elect(scenarioWith({ elects: 'hostos' }));
    const told = await watch.told();
    expect((await watch.poll()).found).toEqual([before, poison, after].map(text));
    expect((await watch.stored(poison))?.action).toMatchObject({ kind: 'undecodable', code });
    expect(kindOf((await watch.stored(after))!)).toBe('elect-hostos');
    expect(await watch.told()).toBe(told + 3);
  });

  it('is recorded as one that cannot be read where the answer about it is none', async () => {
    const watch = await started();
    const poison = watch.view.elect(scenarioWith());
    const after = watch.view.elect(scenarioWith());
    const broken = async () => unavailable('malformed', 'reply-undecodable', 'not readable: x', 'here', 0);
    watch.deps = { ...watch.deps, reader: readerExcept(watch.deps.reader, poison, broken) };
    const { found, troubles } = await watch.poll();
    expect(found).toEqual([poison, after].map(text));
    expect(troubles).toMatchObject([{ key: `proposal ${poison} unreadable` }]);
    expect(await watch.stored(poison)).toMatchObject({
      status: 'unknown',
      tally: null,
      action: { kind: 'undecodable', code: 'proposal-unreadable' },
    });
    expect(await watch.jobs()).toContain(text(poison));
    watch.reads();
    expect(await watch.poll()).toMatchObject({ found: [], troubles });
    expect(watch.reads()).toBe(0);
  });

  it('is read properly as soon as it can be', async () => {
    const watch = await started();
    const id = watch.view.elect(scenarioWith());
    const { reader } = watch.deps;
    const broken = async () => unavailable('malformed', 'reply-undecodable', 'not readable: x', 'here', 0);
    watch.deps = { ...watch.deps, reader: readerExcept(reader, id, broken) };
    await watch.poll();
    watch.deps = { ...watch.deps, reader };
    watch.advance(HOUR);
    expect((await watch.poll()).troubles).toEqual([]);
    expect(await watch.stored(id)).toMatchObject({ status: 'open', action: { kind: 'elect-guestos' } });
  });

  it('of another topic is none of our business', async () => {
    const watch = await started();
    watch.view.elect(scenarioWith({ elects: 'not-an-election' }));
    expect((await watch.poll({ certifiedList: true })).found).toEqual([]);
  });
});

describe('a node that hides proposals', () => {
  it('is found out by the certified list, which is believed', async () => {
    const watch = await started();
    const hidden = watch.view.elect(scenarioWith());
    const { list } = watch.deps;
    watch.deps = { ...watch.deps, list: lyingList(list, (ids) => ids.filter((id) => id !== text(hidden))) };
    expect((await watch.poll()).found).toEqual([]);
    const { found, troubles } = await watch.poll({ certifiedList: true });
    expect(found).toEqual([text(hidden)]);
    expect(troubles.map(({ key }) => key)).toEqual(['list hides proposals']);
    expect(troubles[0]?.sentence).toContain(hidden);
    expect((await watch.poll()).troubles).toEqual(troubles);
    watch.deps = { ...watch.deps, list };
    expect((await watch.poll({ certifiedList: true })).troubles).toEqual([]);
    expect(await watch.jobs()).toContain(text(hidden));
  });

  it('hides nothing for good, though newer ones are known meanwhile', async () => {
    const watch = await started();
    const hidden = watch.view.elect(scenarioWith());
    simnet.ic.book.change(watch.view, hidden, { status: Status.executed, decided: 1n, deadline: seconds() - 60n });
    const newer = watch.view.elect(scenarioWith());
    const { list } = watch.deps;
    watch.deps = { ...watch.deps, list: lyingList(list, (ids) => ids.filter((id) => id !== text(hidden))) };
    expect((await watch.poll()).found).toEqual([text(newer)]);
    watch.restart();
    watch.deps = { ...watch.deps, list };
    expect((await watch.poll({ certifiedList: true })).found).toContain(text(hidden));
  });

  it('works over the wire too, whichever node it is', async () => {
    const watch = await started({ faults: [all('omits-proposal')] });
    const newest = watch.view.elect(scenarioWith());
    expect((await watch.poll()).found).toEqual([]);
    const { found, troubles } = await watch.poll({ certifiedList: true });
    expect([found, troubles.map(({ key }) => key)]).toEqual([[text(newest)], ['list hides proposals']]);
  });

  it('is not accused for being a few seconds behind', async () => {
    const watch = await started();
    const young = watch.view.elect(scenarioWith());
    simnet.ic.book.change(watch.view, young, { submitted: seconds() - 5n });
    watch.deps = {
      ...watch.deps,
      list: lyingList(watch.deps.list, (ids) => ids.filter((id) => id !== text(young))),
    };
    expect(await watch.poll({ certifiedList: true })).toMatchObject({ found: [text(young)], troubles: [] });
  });
});

describe('a list that no node signs as it should be', () => {
  it('is read through consensus, and told', async () => {
    const watch = await started();
    const real = watch.view.elect(scenarioWith());
    const { list } = watch.deps;
    const unsigned = new WatchError('untrusted', 'certificate-untrusted', 'no signature holds');
    const read: typeof list.read = (wanted, signal) =>
      wanted.certified ? list.read(wanted, signal) : Promise.reject(unsigned);
    watch.deps = { ...watch.deps, list: { read } };
    const { found, troubles } = await watch.poll();
    expect([found, troubles.map(({ key }) => key)]).toEqual([[text(real)], ['list not to be believed']]);
    watch.deps = { ...watch.deps, list };
    expect((await watch.poll({ certifiedList: true })).troubles).toEqual([]);
  });
});

describe('a node that makes proposals up', () => {
  it('makes us record nothing but what the certified list has', async () => {
    const watch = await started();
    const real = watch.view.elect(scenarioWith());
    const lie = (ids: ProposalId[]) => ['999999' as ProposalId, ...ids.filter((id) => id !== text(real))];
    watch.deps = { ...watch.deps, list: lyingList(watch.deps.list, lie) };
    const { found, troubles } = await watch.poll();
    expect(found).toEqual([text(real)]);
    expect(troubles.map(({ key }) => key)).toEqual(['list invents proposals', 'list hides proposals']);
    expect(await watch.stored(999_999n)).toBeNull();
    expect((await watch.elections.known()).newest).toBe(text(real));
  });

  it('cannot pass another proposal off as an election', async () => {
    const watch = await started();
    const other = watch.view.elect(scenarioWith({ elects: 'not-an-election' }));
    watch.deps = { ...watch.deps, list: lyingList(watch.deps.list, (ids) => [text(other), ...ids]) };
    const { found, troubles } = await watch.poll();
    expect([found, troubles.map(({ key }) => key)]).toEqual([[], ['list invents proposals']]);
    expect(await watch.stored(other)).toBeNull();
  });
});
