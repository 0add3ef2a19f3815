import { describe, expect, it } from 'vitest';
import { WatchError } from '../../src/domain/errors.ts';
import type { ProposalId } from '../../src/domain/ids.ts';
import { Status } from '../../simnet/ic/governance/proposal.ts';
import { scenarioWith } from '../simnet/ic-kit.ts';
import { lyingList, seconds, text, watchRig } from './discover-kit.ts';

const { change, started } = watchRig();

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
    change(watch, hidden, { status: Status.executed, decided: 1n, deadline: seconds() - 60n });
    const newer = watch.view.elect(scenarioWith());
    const { list } = watch.deps;
    watch.deps = { ...watch.deps, list: lyingList(list, (ids) => ids.filter((id) => id !== text(hidden))) };
    expect((await watch.poll()).found).toEqual([text(newer)]);
    watch.restart();
    watch.deps = { ...watch.deps, list };
    expect((await watch.poll({ certifiedList: true })).found).toContain(text(hidden));
  });

  it('works over the wire too, whichever node it is', async () => {
    const watch = await started({ faults: [{ at: 'ic', hosts: 'all', fault: 'omits-proposal' }] });
    const newest = watch.view.elect(scenarioWith());
    expect((await watch.poll()).found).toEqual([]);
    const { found, troubles } = await watch.poll({ certifiedList: true });
    expect([found, troubles.map(({ key }) => key)]).toEqual([[text(newest)], ['list hides proposals']]);
  });

  it('is not accused for being a few seconds behind', async () => {
    const watch = await started();
    const young = watch.view.elect(scenarioWith());
    change(watch, young, { submitted: seconds() - 5n });
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

describe('a list of which nothing can be read', () => {
  it('is read through consensus, and told', async () => {
    const watch = await started();
    const real = watch.view.elect(scenarioWith());
    const { list } = watch.deps;
    const odd = new WatchError('malformed', 'list-unreadable', 'nothing can be read');
    const read: typeof list.read = (wanted, signal) =>
      wanted.certified ? list.read(wanted, signal) : Promise.reject(odd);
    watch.deps = { ...watch.deps, list: { read } };
    const { found, troubles } = await watch.poll();
    expect([found, troubles.map(({ key }) => key)]).toEqual([[text(real)], ['list unreadable']]);
    watch.deps = { ...watch.deps, list };
    expect((await watch.poll({ certifiedList: true })).troubles).toEqual([]);
  });

  it('hides no other than the odd entries, which are named', async () => {
    const watch = await started();
    const real = watch.view.elect(scenarioWith());
    const { list } = watch.deps;
    const read: typeof list.read = async (wanted, signal) => {
      const listing = await list.read(wanted, signal);
      return { ...listing, unreadable: 2, unread: ['150000' as ProposalId] };
    };
    watch.deps = { ...watch.deps, list: { read } };
    const { found, troubles } = await watch.poll();
    expect(found).toEqual([text(real)]);
    expect(troubles).toMatchObject([{ sentence: expect.stringContaining('2 of the listed') as string }]);
    expect(troubles[0]?.sentence).toContain('150000');
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
