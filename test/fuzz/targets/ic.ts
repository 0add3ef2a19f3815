import { expect } from 'vitest';
import { parseCommitId, parseProposalId, parseSha256 } from '../../../src/domain/ids.ts';
import type { Action, ElectedVersion } from '../../../src/domain/proposal.ts';
import { recheckCertificate } from '../../../src/watcher/certificate.ts';
import type { ReplyKind } from '../../../src/watcher/decode-worker.ts';
import { createPayloadDecoder } from '../../../src/watcher/decode.ts';
import { createGovernanceReader } from '../../../src/watcher/governance.ts';
import { createRegistryReader } from '../../../src/watcher/registry.ts';
import { createElectionList } from '../../../src/watcher/list.ts';
import { readLatestVersion, readSubnetList, readValue, subnetVersion } from '../../../src/watcher/registry-records.ts';
import { proposal, version } from '../../support/evidence.ts';
import { World } from '../../support/world.ts';
import { memoryBlobs } from '../../watcher/kit.ts';
import { corpus, refusedOr, type Target } from '../target.ts';

const decode = createPayloadDecoder();
const canisterId = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
/** The loopback Internet's key that the kept certificate of the corpus was signed under. */
const ROOT_KEY = Uint8Array.from(
  Buffer.from(
    '308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c0503020103610087f4baa5cf82774949060921654839fdb3f967' +
      'd198445001b5ee94cc1b412eff4902500efd7e9ad4f8ed981c8ab9315715fd47f8fefb37f9c7d420535a35b869007572d35d22ded3ff36a3' +
      '94abba4eb46be7ea0ef1d639039c5a700bd3027d53',
    'hex',
  ),
);

function expectVersion({ commit, packageSha256, packageUrls }: ElectedVersion): void {
  expect(parseCommitId(commit)).toBe(commit);
  expect(parseSha256(packageSha256)).toBe(packageSha256);
  expect(packageUrls.length).toBeGreaterThan(0);
}

/** A payload that another release's evidence verifies would elect something that nobody looked at. */
function expectNeverVerified(action: Action): void {
  if (action.kind !== 'elect-guestos' && action.kind !== 'elect-hostos') return;
  expectVersion(action.version);
  const { component, commit, packageSha256, launchMeasurements } = action.version;
  const subject = { mode: 'proposal', proposal: proposal({ action }), version: action.version } as const;
  if (new World({ subject }).verdict().outcome !== 'verified') return;
  const honest = version({ component });
  expect([commit, packageSha256]).toEqual([honest.commit, honest.packageSha256]);
  const plain = (list: typeof launchMeasurements): string[] => (list ?? []).map((one) => JSON.stringify(one)).sort();
  if (launchMeasurements !== null) expect(plain(launchMeasurements)).toEqual(plain(honest.launchMeasurements));
}

const payload: Target = {
  name: 'payload',
  runs: 300,
  run: async (bytes) => {
    for (const nnsFunction of [38, 50]) expectNeverVerified(await decode.payload({ nnsFunction, payload: bytes }));
  },
  close: () => decode.close(),
};

const reply = (kind: ReplyKind): Target => ({
  name: `reply-${kind}`,
  runs: 100,
  run: async (bytes) => {
    const read = await refusedOr(['malformed', 'limit'], () => decode.reply(kind, bytes));
    const listed = read !== null && 'proposals' in read ? read.proposals : [];
    for (const { id } of listed) expect(parseProposalId(id)).toBe(id);
    if (read !== null && 'call' in read) expect(parseProposalId(read.proposal.id)).toBe(read.proposal.id);
  },
});

/** What a node says that holds no key: whatever it is, it is no proposal, no list and nothing in use. */
const answer: Target = {
  name: 'cbor-answer',
  runs: 25,
  run: async (bytes) => {
    const fetch = async (input: unknown): Promise<Response> => {
      const given = new Response(Uint8Array.from(bytes), { status: 200 });
      Object.defineProperty(given, 'url', { value: String(input) });
      return given;
    };
    const hosts = ['https://icp-api.io'];
    const deps = {
      hosts,
      rootKey: ROOT_KEY,
      fetch: fetch as never,
      clock: Date,
      timeoutMs: 250,
      backoff: { firstMs: 1, mostMs: 30_000, tries: 3 },
    };
    const { signal } = new AbortController();
    const all = { ...deps, canisterId, decode, blobs: memoryBlobs() };
    const seen = await createGovernanceReader(all).read('200000' as never, signal);
    expect(seen).toMatchObject({ status: 'unavailable' });
    if (seen.status === 'unavailable') expect(seen.kind).not.toBe('bug');
    const listed = createElectionList(all).read({ certified: false, downTo: null }, signal);
    expect(await refusedOr(['transport', 'untrusted', 'rejected', 'malformed', 'limit'], () => listed)).toBeNull();
    expect((await createRegistryReader(all).inUse(signal)).status).toBe('unavailable');
  },
};

const kept = corpus('kept-certificate')[0]!.bytes;
const certificate: Target = {
  name: 'kept-certificate',
  runs: 60,
  run: async (bytes) => {
    const read = await refusedOr(['untrusted', 'malformed'], () => recheckCertificate(bytes, ROOT_KEY));
    if (read !== null) expect(read).toEqual(await recheckCertificate(kept, ROOT_KEY));
  },
};

/** These break on rubbish with errors of any kind: whoever asks a node takes every one as "no answer". */
const registry: Target = {
  name: 'registry',
  runs: 300,
  run: (bytes) => {
    for (const read of [readLatestVersion, readSubnetList, subnetVersion, (all: Uint8Array) => readValue('key', all)]) {
      try {
        read(bytes);
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(Error);
        expect(thrown).not.toBeInstanceOf(TypeError);
      }
    }
  },
};

export const icTargets: readonly Target[] = [
  payload,
  ...(['proposal', 'list', 'neuron', 'neuron-votes'] as const).map(reply),
  answer,
  certificate,
  registry,
];
