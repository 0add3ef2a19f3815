import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inBatches } from '../../src/watcher/query.ts';
import { bytesField, bytesOf, numberField, numberOf, readMessage, textOf } from '../../src/watcher/protobuf.ts';
import { createRegistryReader } from '../../src/watcher/registry.ts';
import {
  readSubnetList,
  readValue,
  standardEngineVersions,
  subnetVersion,
} from '../../src/watcher/registry-records.ts';
import { recheckCertificate } from '../../src/watcher/certificate.ts';
import { API_BOUNDARY_NODES, VERSIONS } from '../../simnet/ic/registry/records.ts';
import { principalToText } from '../../simnet/ic/principal.ts';
import type { Simnet } from '../../simnet/simnet.ts';
import type { Fault } from '../../simnet/types.ts';
import { scenarioWith, startPlainSimnet } from '../simnet/ic-kit.ts';
import { memoryBlobs, reach } from './kit.ts';

const REGISTRY = 'rwlgt-iiaaa-aaaaa-aaaaa-cai';
let simnet: Simnet;
beforeAll(async () => {
  simnet = await startPlainSimnet();
});
afterAll(() => simnet.close());

/** `lose` says which requests, by key, fail on the way. */
async function readIn(faults: Fault[], lose: (body: string) => boolean = () => false) {
  const view = await simnet.openView(scenarioWith({ faults }));
  const { deps, close } = reach(view);
  const blobs = memoryBlobs();
  let under = 0;
  let most = 0;
  const counting: typeof fetch = async (input, init) => {
    under += 1;
    most = Math.max(most, under);
    try {
      if (lose(Buffer.from(init?.body as Uint8Array).toString('latin1'))) throw new TypeError('lost');
      return await deps.fetch(input, init);
    } finally {
      under -= 1;
    }
  };
  try {
    const reader = createRegistryReader({ ...deps, fetch: counting, canisterId: REGISTRY, blobs });
    return { observation: await reader.inUse(new AbortController().signal), blobs, most: () => most };
  } finally {
    await close();
    await view.close();
  }
}

// As the engine raises it in a file of this program.
const ownBug = (): TypeError =>
  Object.assign(new TypeError('x'), { stack: 'TypeError: x\n    at read (/opt/nns-watch/dist/watcher/x.js:1:1)' });

describe('which versions run where', () => {
  it('is read of subnets, unassigned nodes and API boundary nodes, and what is not read is named', async () => {
    const { observation, blobs, most } = await readIn([]);
    if (observation.status !== 'observed') throw new Error(observation.detail);
    const { inUse, notRead, registryVersion } = observation.value;
    expect(notRead).toEqual(['hostos-nodes']);
    expect(registryVersion).toBe('11');
    expect(observation.source).toBe(`canister ${REGISTRY} get_value, registry version 11, via https://icp-api.io`);
    expect(inUse.filter(({ by }) => by.startsWith('subnet ')).map(({ version }) => version)).toEqual([
      VERSIONS.nnsSubnet,
      simnet.artifacts.releases.get('in-use')!.commit,
      VERSIONS.applicationSubnets,
      VERSIONS.applicationSubnets,
    ]);
    expect(inUse).toContainEqual({ version: VERSIONS.unassignedNodes, by: 'unassigned nodes' });
    const boundary = inUse.filter(({ by }) => by.startsWith('API boundary node '));
    expect(boundary).toEqual(
      API_BOUNDARY_NODES.map((id) => ({
        version: VERSIONS.apiBoundaryNodes,
        by: `API boundary node ${principalToText(id)}`,
      })),
    );
    for (const version of [VERSIONS.cloudEngines, VERSIONS.cloudEnginesBefore])
      expect(inUse).toContainEqual({ version, by: 'Cloud Engines' });
    expect(inUse).toHaveLength(9);
    expect(most()).toBeLessThanOrEqual(9);
    const kept = await recheckCertificate(blobs.kept.get(observation.file!)!, simnet.ic.rootKeyDer);
    expect(readSubnetList(readValue('subnet_list', kept.reply)).ids).toHaveLength(5);
  });

  it('names the subnet whose record is out of reach, and keeps the others', async () => {
    let lost = 0;
    const { observation } = await readIn([], (body) => body.includes('subnet_record_') && lost++ === 0);
    if (observation.status !== 'observed') throw new Error(observation.detail);
    expect(observation.value.notRead).toEqual(['hostos-nodes']);
    expect(observation.value.partlyRead).toEqual([
      { place: 'subnets', but: [expect.stringMatching(/^subnet [a-z0-9-]+$/)] },
    ]);
    expect(observation.value.inUse.filter(({ by }) => by.startsWith('subnet '))).toHaveLength(3);
    expect(observation.value.inUse).toHaveLength(8);
  });

  it('names the other places as not read', async () => {
    const { observation } = await readIn([], (body) => /unassigned_nodes|get_api_boundary/.test(body));
    if (observation.status !== 'observed') throw new Error(observation.detail);
    expect(observation.value.notRead).toEqual(['hostos-nodes', 'unassigned-nodes', 'api-boundary-nodes']);
    expect(observation.value.inUse).toHaveLength(6);
  });

  it('is read of all that is not odd, and the odd is named', async () => {
    const { observation } = await readIn([{ at: 'registry', fault: 'odd-records' }]);
    if (observation.status !== 'observed') throw new Error(observation.detail);
    const { inUse, partlyRead } = observation.value;
    expect(partlyRead).toEqual([
      {
        place: 'subnets',
        but: [
          ...Array.from({ length: 2 }, () => 'a subnet without a readable id'),
          expect.stringMatching(/^subnet [a-z0-9-]+$/),
        ],
      },
      { place: 'api-boundary-nodes', but: [expect.stringMatching(/^API boundary node /)] },
    ]);
    for (const version of [VERSIONS.applicationSubnets, VERSIONS.apiBoundaryNodes, VERSIONS.cloudEngines])
      expect(inUse.map((use) => use.version)).toContain(version);
  });

  it('is no fact where the reading breaks on this machine, or on a mistake of ours', async () => {
    for (const [thrown, kind] of [
      [Object.assign(new Error('spawn'), { code: 'EMFILE' }), 'host'],
      [Object.assign(new Error('write'), { code: 'ENOSPC' }), 'storage'],
      [ownBug(), 'bug'],
    ] as const) {
      const { observation } = await readIn([], (body) => {
        if (body.includes('subnet_record_')) throw thrown;
        return false;
      });
      expect(observation).toMatchObject({ status: 'unavailable', kind });
    }
  });

  it('comes from the next host where one lies or is down', async () => {
    for (const fault of ['altered-reply', 'down', 'other-root', 'stale-certificate'] as const) {
      const { observation } = await readIn([{ at: 'ic', hosts: ['icp-api.io'], fault }]);
      expect(observation).toMatchObject({ status: 'observed', value: { notRead: ['hostos-nodes'] } });
    }
  });

  it('is unavailable where no host can be trusted', async () => {
    const { observation } = await readIn([{ at: 'ic', hosts: 'all', fault: 'other-root' }]);
    expect(observation).toMatchObject({ status: 'unavailable', kind: 'untrusted' });
  });

  it('is unavailable where the canister is stopped', async () => {
    const { observation, blobs } = await readIn([{ at: 'registry', fault: 'down' }]);
    expect(observation).toMatchObject({ status: 'unavailable', retryable: true });
    expect(blobs.kept.size).toBe(0);
  });
});

describe('records', () => {
  it('are errors where the registry says so or holds no version', () => {
    for (const [number, code] of [
      [1n, 'registry-key-absent'],
      [2n, 'registry-error'],
    ] as const) {
      expect(() => readValue('k', bytesField(1, numberField(1, number)))).toThrow(expect.objectContaining({ code }));
    }
    expect(() => standardEngineVersions(bytesField(1, Buffer.from('a')))).toThrow(
      expect.objectContaining({ code: 'record-without-version' }),
    );
    expect(
      standardEngineVersions(Uint8Array.from([...bytesField(1, Buffer.from('a')), ...bytesField(2, Buffer.from('b'))])),
    ).toEqual(['a', 'b']);
    expect(subnetVersion(numberField(15, 5n)), 'a Cloud Engine').toBeNull();
    const ids = readSubnetList(
      Uint8Array.from([
        ...bytesField(2, Uint8Array.of(1)),
        ...bytesField(2, new Uint8Array(40)),
        ...numberField(2, 7n),
      ]),
    );
    expect(ids).toMatchObject({ ids: [expect.any(String)], odd: 2 });
    const code = (name: string): unknown => expect.objectContaining({ code: name });
    expect(() => readValue('k', bytesField(4, Uint8Array.of()))).toThrow(code('registry-value-missing'));
    expect(() => subnetVersion(bytesField(3, Uint8Array.of(1)))).toThrow(code('record-without-version'));
    expect(() => readSubnetList(Uint8Array.of())).toThrow(expect.objectContaining({ code: 'subnet-list-empty' }));
  });
});

describe('protobuf', () => {
  it('gives back what was written, the last of repeated ones, and nothing for what is not there', () => {
    const message = readMessage(
      Uint8Array.from([
        ...numberField(1, 2n ** 64n - 1n),
        ...bytesField(9, Buffer.from('first')),
        ...bytesField(9, Buffer.from('last')),
        ...bytesField(300, Uint8Array.of(1, 2)),
      ]),
    );
    expect([numberOf(message, 1), numberOf(message, 2)]).toEqual([2n ** 64n - 1n, 0n]);
    expect([textOf(message, 9), textOf(message, 2)]).toEqual(['last', '']);
    expect([bytesOf(message, 300), bytesOf(message, 1)]).toEqual([Uint8Array.of(1, 2), undefined]);
  });

  it('skips fields of fixed size', () => {
    const message = readMessage(
      Uint8Array.from([0x0d, 1, 2, 3, 4, 0x11, 1, 2, 3, 4, 5, 6, 7, 8, ...numberField(3, 7n)]),
    );
    expect(numberOf(message, 3)).toBe(7n);
  });

  it.each([
    ['that end early', [0x0a, 5, 1]],
    ['with a group', [0x0b]],
    ['with a number that never ends', new Array<number>(12).fill(0xff)],
    ['with field 0', [0, 1]],
  ])('throws on bytes %s', (_, bytes) => {
    expect(() => readMessage(Uint8Array.from(bytes))).toThrow(Error);
  });

  it('never gives more bytes than it got', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        let size = 0;
        try {
          for (const value of [...readMessage(bytes).values()].flat())
            size += typeof value === 'bigint' ? 1 : value.length;
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
        expect(size).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });
});

it('does at most eight things at once, and gives their results in order', async () => {
  let under = 0;
  let most = 0;
  const results = await inBatches(
    Array.from({ length: 30 }, (_, index) => index),
    async (index) => {
      most = Math.max(most, (under += 1));
      await new Promise((resolve) => setTimeout(resolve, 30 - index));
      under -= 1;
      return index * 2;
    },
  );
  expect(most).toBe(8);
  expect(results).toEqual(Array.from({ length: 30 }, (_, index) => index * 2));
});
