import { IDL } from '@icp-sdk/core/candid';
import { describe, expect, it } from 'vitest';
import type { ProposalId } from '../../src/domain/ids.ts';
import type { PayloadDecoder } from '../../src/watcher/decode.ts';
import { createVotes } from '../../src/watcher/votes.ts';
import type { NeuronView } from '../../src/watcher/votes-candid.ts';
import { PRIVATE_NEURON, PUBLIC_NEURON, REJECTED_NEURON } from '../../simnet/ic/governance/neurons.ts';
import { Vote } from '../../simnet/ic/governance/proposal.ts';
import type { SimnetView } from '../../simnet/simnet.ts';
import type { Fault } from '../../simnet/types.ts';
import { scenarioWith } from '../simnet/ic-kit.ts';
import { GOVERNANCE, IcRig } from './ic-rig.ts';

const CODEGOV = 2649066124191664356n;
const rig = new IcRig();
const { decode } = rig;
const open = (...faults: Fault[]): Promise<SimnetView> => rig.open({ faults });

function votesOf(view: SimnetView, neurons: bigint[], decoder: PayloadDecoder = decode) {
  const deps = rig.reach(view);
  const votes = createVotes({ ...deps, canisterId: GOVERNANCE, decode: decoder, neurons: neurons.map(String) });
  return (id: bigint = view.proposalId, signal = new AbortController().signal) =>
    votes.look(String(id) as ProposalId, signal);
}

const cast = (view: SimnetView, votes: [bigint, number][], id = view.proposalId): void =>
  rig.simnet.ic.book.change(view, id, { votes: new Map(votes) });
const calls = (view: SimnetView): number => view.requests.filter(({ url }) => url.endsWith('/call')).length;

describe('who has voted', () => {
  it('is seen of neurons with a name, and of public ones without', async () => {
    const view = await open();
    cast(view, [[27n, Vote.yes]]);
    expect(await votesOf(view, [27n, CODEGOV, PUBLIC_NEURON])()).toEqual({
      unvoted: [String(CODEGOV), String(PUBLIC_NEURON)],
      unclear: [],
    });
    cast(
      view,
      [27n, CODEGOV, PUBLIC_NEURON].map((neuron) => [neuron, Vote.no]),
    );
    expect(await votesOf(view, [27n, CODEGOV, PUBLIC_NEURON])()).toEqual({ unvoted: [], unclear: [] });
  });

  it('does not count a ballot of which nothing was made', async () => {
    const view = await open();
    cast(view, [
      [27n, Vote.unspecified],
      [PUBLIC_NEURON, Vote.unspecified],
    ]);
    expect((await votesOf(view, [27n, PUBLIC_NEURON])()).unvoted).toEqual(['27', String(PUBLIC_NEURON)]);
  });

  it('is said not to be seen of private and unknown neurons, and nothing is assumed', async () => {
    const view = await open();
    const { unvoted, unclear } = await votesOf(view, [PRIVATE_NEURON, 4_711n, 27n])();
    expect(unvoted).toEqual(['27']);
    expect(unclear).toEqual([
      { neuron: String(PRIVATE_NEURON), why: expect.stringContaining('private') as string },
      { neuron: '4711', why: expect.stringContaining('“Neuron not found”') as string },
    ]);
  });

  it('is believed to be a vote only where it is certified, and then for good', async () => {
    const view = await open();
    cast(view, [[27n, Vote.yes]]);
    const look = votesOf(view, [27n]);
    expect(await look()).toEqual({ unvoted: [], unclear: [] });
    expect(calls(view)).toBe(1);
    const asked = view.requests.length;
    expect(await look()).toEqual({ unvoted: [], unclear: [] });
    expect(view.requests).toHaveLength(asked);
  });

  it('is no vote where one node says so and the others do not', async () => {
    const view = await open();
    let lies = 1;
    const lying: PayloadDecoder = {
      ...decode,
      reply: async (kind, reply) => {
        const value = await decode.reply(kind, reply);
        if (kind !== 'neuron' || (lies -= 1) < 0) return value;
        return { ...(value as NeuronView), voted: [String(view.proposalId)] } as unknown as typeof value;
      },
    };
    expect((await votesOf(view, [27n], lying)()).unvoted).toEqual(['27']);
    expect(calls(view)).toBeGreaterThan(0);
  });

  it('costs no certified call as long as nobody has voted', async () => {
    const view = await open();
    await votesOf(view, [27n, PUBLIC_NEURON])();
    expect(calls(view)).toBe(0);
  });

  it('is nobody where no neuron is configured', async () => {
    const view = await open();
    expect(await votesOf(view, [])()).toEqual({ unvoted: [], unclear: [] });
    expect(view.requests).toEqual([]);
  });
});

describe('a neuron that votes so often that its latest ballots forget the proposal', () => {
  async function busy(): Promise<SimnetView> {
    const view = await open();
    for (let count = 0; count < 101; count += 1) {
      const id = view.elect(scenarioWith({ elects: 'retire-only' }));
      cast(
        view,
        [27n, PUBLIC_NEURON].map((neuron) => [neuron, Vote.yes]),
        id,
      );
    }
    return view;
  }

  it('is looked up in the whole history where it has a name', async () => {
    const view = await busy();
    expect(await votesOf(view, [27n])()).toEqual({ unvoted: ['27'], unclear: [] });
    cast(view, [[27n, Vote.yes]]);
    expect(await votesOf(view, [27n])()).toEqual({ unvoted: [], unclear: [] });
  });

  it('is unclear where it has none', async () => {
    const view = await busy();
    const { unvoted, unclear } = await votesOf(view, [PUBLIC_NEURON])();
    expect(unvoted).toEqual([]);
    expect(unclear[0]?.why).toContain('latest 100 votes do not reach back');
  });
});

describe('the canister', () => {
  it('out of reach is an error, and no vote', async () => {
    const view = await open({ at: 'ic', hosts: 'all', fault: 'down' });
    await expect(votesOf(view, [27n])()).rejects.toMatchObject({ name: 'WatchError', kind: 'transport' });
  });

  it('is asked at the next host where one lies', async () => {
    const view = await open({ at: 'ic', hosts: ['icp-api.io'], fault: 'altered-reply' });
    expect((await votesOf(view, [27n])()).unvoted).toEqual(['27']);
  });

  it('says nothing about a neuron that cannot be read, and the others are seen', async () => {
    const view = await open();
    let first = true;
    const odd: PayloadDecoder = {
      ...decode,
      reply: (kind, reply) => {
        const bytes = first ? new Uint8Array(IDL.encode([IDL.Text], ['odd'])) : reply;
        first = false;
        return decode.reply(kind, bytes);
      },
    };
    const { unvoted, unclear } = await votesOf(view, [27n, 28n], odd)();
    expect([...unvoted, ...unclear.map(({ neuron }) => neuron)].sort()).toEqual(['27', '28']);
    expect(unclear.map(({ why }) => why)).toEqual(['What governance says of it cannot be read.']);
  });

  it('that rejects the question about one neuron says nothing of it, and the others are seen', async () => {
    const view = await open();
    const { unvoted, unclear } = await votesOf(view, [27n, REJECTED_NEURON, 28n])();
    expect(unvoted).toEqual(['27', '28']);
    expect(unclear).toEqual([{ neuron: String(REJECTED_NEURON), why: 'Governance rejects the question.' }]);
    // One node's word is not enough for that.
    expect(calls(view)).toBe(1);
  });

  it('is not waited for once the looking is called off', async () => {
    const view = await open({ at: 'ic', hosts: 'all', fault: 'stall' });
    const started = performance.now();
    await expect(votesOf(view, [27n])(view.proposalId, AbortSignal.timeout(200))).rejects.toMatchObject({
      kind: 'transport',
    });
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
