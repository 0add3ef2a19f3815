import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Actor } from '@icp-sdk/core/agent';
import { IDL } from '@icp-sdk/core/candid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Simnet, SimnetView } from '../../simnet/simnet.ts';
import type { Scenario } from '../../simnet/types.ts';
import {
  clientOf,
  GOVERNANCE,
  MEASUREMENTS,
  scenarioWith,
  startPlainSimnet,
  withFaults,
  type Client,
} from './ic-kit.ts';
import {
  actionOf,
  idOf,
  listed,
  payloadOf,
  type Governance,
  type Info,
  type ListRequest,
} from './governance-listing.ts';

let simnet: Simnet;
let idlFactory: IDL.InterfaceFactory;
beforeAll(async () => {
  simnet = await startPlainSimnet();
  const nns = createRequire(import.meta.url).resolve('@icp-sdk/canisters/nns');
  const declarations = join(dirname(dirname(nns)), 'declarations', 'nns', 'governance.idl.js');
  ({ idlFactory } = (await import(pathToFileURL(declarations).href)) as { idlFactory: IDL.InterfaceFactory });
});
afterAll(() => simnet.close());

interface Asked {
  view: SimnetView;
  client: Client;
  governance: Governance;
}

/** The published declarations as a client, by query or by certified call. */
async function ask(scenario: Scenario = scenarioWith(), queryStrategy: 'query' | 'update' = 'query'): Promise<Asked> {
  const view = await simnet.openView(scenario);
  const client = await clientOf(view);
  const governance: Governance = Actor.createActor(idlFactory, {
    agent: client.agent,
    canisterId: GOVERNANCE,
    queryStrategy,
  });
  return { view, client, governance };
}

test('lists newest first, in pages of at most a hundred, each before the last', async () => {
  const { view, governance } = await ask();
  const pages: Info[][] = [];
  let before: [] | [{ id: bigint }] = [];
  for (;;) {
    const page = await listed(governance, { before_proposal: before, limit: 500 });
    if (page.length === 0) break;
    pages.push(page);
    before = [{ id: idOf(page.at(-1)!) }];
  }
  const ids = pages.flat().map(idOf);
  expect(pages.map(({ length }) => length)).toEqual([100, pages[1]!.length]);
  expect(ids.length).toBeGreaterThan(150);
  expect(ids[0]).toBe(view.proposalId);
  expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => Number(b - a)));
  expect(await listed(governance, { limit: 3 })).toHaveLength(3);
});

test('filters by topic, status and reward status before it cuts the page', async () => {
  const { view, governance } = await ask();
  const otherTopics = Int32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, 16, 17, 18]);
  const elections = await listed(governance, { exclude_topic: otherTopics, limit: 20 });
  expect(elections).toHaveLength(20);
  expect(new Set(elections.map(({ topic }) => topic))).toEqual(new Set([13]));
  const open = await listed(governance, { include_status: Int32Array.from([1]), exclude_topic: otherTopics });
  expect(open.map(idOf)).toEqual([view.proposalId]);
  const voting = await listed(governance, { include_reward_status: Int32Array.from([1]) });
  expect(voting.every(({ deadline_timestamp_seconds: [deadline] }) => Number(deadline) > Date.now() / 1000)).toBe(true);
  expect(voting.length).toBeGreaterThan(1);
});

test('proposals to manage a neuron are hidden unless they are asked for', async () => {
  const { governance } = await ask();
  const topics = async (changes: Partial<ListRequest>) => (await listed(governance, changes)).map(({ topic }) => topic);
  expect(await topics({})).not.toContain(1);
  expect(await topics({ include_all_manage_neuron_proposals: [true] })).toContain(1);
});

test('a payload over a thousand bytes is blank in lists and whole in the proposal', async () => {
  const four = [...MEASUREMENTS, ...MEASUREMENTS];
  const { view, governance } = await ask(scenarioWith({ payload: { measurements: four } }));
  const [inList] = await listed(governance, { limit: 1 });
  const [pending] = await governance.get_pending_proposals([]);
  const [whole] = await governance.get_proposal_info(view.proposalId);
  expect(payloadOf(inList!)).toHaveLength(0);
  expect(payloadOf(pending!)).toHaveLength(0);
  expect(payloadOf(whole!).length).toBeGreaterThan(1000);
  const small = await ask(scenarioWith({ elects: 'hostos' }));
  expect(payloadOf((await listed(small.governance, { limit: 1 }))[0]!).length).toBeGreaterThan(100);
});

test('a self-describing action takes the place of the action in lists and stands beside it in the proposal', async () => {
  const { view, governance } = await ask();
  const describe = async (changes: Partial<ListRequest>) =>
    (await listed(governance, { limit: 1, ...changes }))[0]!.proposal[0]!;
  expect((await describe({})).self_describing_action).toEqual([]);
  const described = await describe({ return_self_describing_action: [true] });
  expect(described.action).toEqual([]);
  expect(described.self_describing_action[0]!.type_description).toEqual(['ReviseElectedGuestosVersions']);
  const [whole] = await governance.get_proposal_info(view.proposalId);
  expect(whole!.proposal[0]!.action).toHaveLength(1);
  expect(whole!.proposal[0]!.self_describing_action).toHaveLength(1);
});

test('logos are left out only of lists that ask for it', async () => {
  const { governance } = await ask();
  const logos = async (omit: boolean) =>
    (await listed(governance, { omit_large_fields: [omit] }))
      .map(actionOf)
      .map((action) =>
        action !== undefined && 'CreateServiceNervousSystem' in action ? action.CreateServiceNervousSystem.logo : [],
      )
      .filter((logo) => logo.length > 0).length;
  expect(await logos(true)).toBe(0);
  expect(await logos(false)).toBeGreaterThan(0);
});

test('the proposal of the view is open, an hour old and has four days', async () => {
  const { view, governance } = await ask();
  const [info] = await governance.get_proposal_info(view.proposalId);
  const now = Date.now() / 1000;
  expect(info).toMatchObject({ status: 1, topic: 13, reward_status: 1, decided_timestamp_seconds: 0n, ballots: [] });
  expect(Math.abs(now - 3600 - Number(info!.proposal_timestamp_seconds))).toBeLessThan(30);
  expect(info!.deadline_timestamp_seconds[0]! - info!.proposal_timestamp_seconds).toBe(345_600n);
});

test('a proposal of another view is not there', async () => {
  const { view } = await ask();
  const { governance } = await ask();
  expect(await governance.get_proposal_info(view.proposalId)).toEqual([]);
  expect(await governance.get_proposal_info(1n)).toEqual([]);
});

test('a view can see more proposals arrive, and see them change', async () => {
  const { view, governance } = await ask();
  const id = view.elect(scenarioWith({ elects: 'hostos', release: 'in-use' }));
  expect((await listed(governance, { limit: 2 })).map(idOf)).toEqual([id, view.proposalId]);
  simnet.ic.book.change(view, id, { status: 4, decided: 1_800_000_000n, votes: new Map([[27n, 1]]) });
  const [info] = await governance.get_proposal_info(id);
  expect(info).toMatchObject({ status: 4, decided_timestamp_seconds: 1_800_000_000n });
  const neuron = await governance.get_neuron_info(27n);
  expect('Ok' in neuron && neuron.Ok.recent_ballots[0]).toEqual({ vote: 1, proposal_id: [{ id }] });
  expect(() => simnet.ic.book.change(view, 128_086n, {})).toThrow('not of this view');
});

test('an action that the client does not know is no action to it, and the rest can be read', async () => {
  const { view, governance } = await ask(scenarioWith({ elects: 'unknown-action' }));
  const [newest, ...others] = await listed(governance);
  expect(idOf(newest!)).toBe(view.proposalId);
  expect(newest!.topic).toBe(13);
  expect(actionOf(newest!)).toBeUndefined();
  expect(others.filter((info) => actionOf(info) !== undefined)).toHaveLength(others.length);
});

test('a certified call gives the same as a query', async () => {
  const { view, governance } = await ask(scenarioWith(), 'update');
  const [info] = await governance.get_proposal_info(view.proposalId);
  expect(info!.topic).toBe(13);
  expect((await listed(governance, { limit: 5 })).map(idOf)[0]).toBe(view.proposalId);
  expect(view.requests.some(({ url }) => url.endsWith('/query'))).toBe(false);
});

test('a node that hides the newest election does so in queried lists only', async () => {
  const fault = { at: 'ic', hosts: 'all', fault: 'omits-proposal' } as const;
  const queried = await ask(withFaults(fault));
  const certified = await ask(withFaults(fault), 'update');
  expect((await listed(queried.governance, { limit: 5 })).map(idOf)).not.toContain(queried.view.proposalId);
  expect(await queried.governance.get_proposal_info(queried.view.proposalId)).toHaveLength(1);
  expect((await listed(certified.governance, { limit: 5 })).map(idOf)).toContain(certified.view.proposalId);
});

test('real elections keep what is known of them', async () => {
  const { governance } = await ask();
  const [duplicated] = await governance.get_proposal_info(128_086n);
  const Payload = IDL.Record({
    release_package_urls: IDL.Vec(IDL.Text),
    replica_versions_to_unelect: IDL.Vec(IDL.Text),
  });
  const read = (info: Info) => IDL.decode([Payload], payloadOf(info))[0] as unknown as Record<string, string[]>;
  const { release_package_urls: urls } = read(duplicated!);
  expect(urls![0]).toBe(urls![1]);
  const [malformed] = await governance.get_proposal_info(142_444n);
  expect(read(malformed!)['replica_versions_to_unelect']).toContain('[');
  expect(malformed!.status).toBe(5);
  const [newer] = await governance.get_proposal_info(143_574n);
  expect(newer!.topic).toBe(12);
  expect(actionOf(newer!)).toBeUndefined();
});

test('ballots of public neurons can be read, those of private ones not', async () => {
  const { governance } = await ask();
  const ballots = async (id: bigint) => {
    const result = await governance.get_neuron_info(id);
    return 'Ok' in result ? result.Ok.recent_ballots : result.Err.error_message;
  };
  expect(await ballots(27n)).toHaveLength(100);
  expect(await ballots(17212304975669116357n)).toHaveLength(100);
  expect(await ballots(1730676817598423123n)).toEqual([]);
  expect(await ballots(5n)).toBe('Neuron not found');
  const bySubaccount = await governance.get_neuron_info_by_id_or_subaccount({ NeuronId: { id: 28n } });
  expect(bySubaccount).toHaveProperty('Ok');
});

test('the votes of known neurons are listed in pages, and those of others not at all', async () => {
  const { governance } = await ask();
  const votes = (id: bigint, before?: bigint) =>
    governance.list_neuron_votes({
      neuron_id: [{ id }],
      limit: [10n],
      before_proposal: before === undefined ? [] : [{ id: before }],
    });
  const first = await votes(2649066124191664356n);
  const list = 'Ok' in first ? first.Ok.votes[0]! : [];
  expect(list).toHaveLength(10);
  expect(list[0]!.vote).toEqual([{ No: null }]);
  const next = await votes(2649066124191664356n, list.at(-1)!.proposal_id[0]!.id);
  expect('Ok' in next && next.Ok.votes[0]![0]!.proposal_id[0]!.id < list.at(-1)!.proposal_id[0]!.id).toBe(true);
  expect(await votes(17212304975669116357n)).toHaveProperty('Err');
  expect((await governance.list_known_neurons()).known_neurons.map(({ id }) => id[0]!.id)).toContain(27n);
});
