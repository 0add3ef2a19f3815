import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ProposalId } from '../../src/domain/ids.ts';
import { createPayloadDecoder } from '../../src/watcher/decode.ts';
import { createGovernanceReader } from '../../src/watcher/governance.ts';
import type { Simnet, SimnetView } from '../../simnet/simnet.ts';
import { scenarioWith, startPlainSimnet } from '../simnet/ic-kit.ts';
import { isLong, seeded, testSeed } from '../support/seeded.ts';
import { memoryBlobs, reach, type Reach } from '../watcher/kit.ts';
import { mutated } from './mutate.ts';

/** What a node between us and the canister changes in an answer that is otherwise right, to the very request. */
const RUNS = isLong ? 300 : 8;
const decode = createPayloadDecoder();
let simnet: Simnet;
let view: SimnetView;
let way: Reach;
beforeAll(async () => {
  simnet = await startPlainSimnet();
  view = await simnet.openView(scenarioWith());
  way = reach(view, {
    timeoutMs: 1_500,
    backoff: { firstMs: 1, mostMs: 30_000, tries: 3 },
    hosts: ['https://icp-api.io'],
  });
});
afterAll(async () => {
  await way.close();
  await simnet.close();
  await decode.close();
});

function read(change: (bytes: Uint8Array) => Uint8Array) {
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const answer = await way.deps.fetch(input, init);
    const bytes = change(new Uint8Array(await answer.arrayBuffer()));
    const changed = new Response(Uint8Array.from(bytes), { status: answer.status });
    Object.defineProperty(changed, 'url', { value: answer.url });
    return changed;
  };
  const deps = { ...way.deps, fetch, canisterId: 'rrkah-fqaaa-aaaaa-aaaaq-cai', blobs: memoryBlobs(), decode };
  return createGovernanceReader(deps).read(String(view.proposalId) as ProposalId, new AbortController().signal);
}

it(
  `a changed answer is the same proposal or none (seed ${testSeed})`,
  async () => {
    const random = seeded(testSeed);
    const right = await read((bytes) => bytes);
    if (right.status !== 'observed') throw new Error(right.detail);
    for (let run = 1; run <= RUNS; run += 1) {
      const look = await read((bytes) => mutated([bytes], random));
      if (look.status === 'observed') expect(look.value).toEqual(right.value);
      else expect(['transport', 'untrusted']).toContain(look.kind);
    }
  },
  isLong ? 1_200_000 : 90_000,
);
