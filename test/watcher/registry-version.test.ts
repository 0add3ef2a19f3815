import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createElectionList } from '../../src/watcher/list.ts';
import { createPayloadDecoder } from '../../src/watcher/decode.ts';
import { createGovernanceReader } from '../../src/watcher/governance.ts';
import { parseProposalId, type CommitId } from '../../src/domain/ids.ts';
import { evidenceKey } from '../../src/domain/evidence.ts';
import { bytesField } from '../../src/watcher/protobuf.ts';
import { readVersion } from '../../src/watcher/registry-version.ts';
import { createRegistryReader } from '../../src/watcher/registry.ts';
import { recheckCertificate } from '../../src/watcher/certificate.ts';
import { VERSIONS } from '../../simnet/ic/registry/records.ts';
import type { Simnet, SimnetView } from '../../simnet/simnet.ts';
import { MEASUREMENTS, scenarioWith, startPlainSimnet } from '../simnet/ic-kit.ts';
import { memoryBlobs, reach } from './kit.ts';

const REGISTRY = 'rwlgt-iiaaa-aaaaa-aaaaa-cai';
const GOVERNANCE = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
let simnet: Simnet;
beforeAll(async () => {
  simnet = await startPlainSimnet();
});
afterAll(() => simnet.close());
const signal = new AbortController().signal;

async function inView(
  elects: 'guestos' | 'hostos' | 'not-an-election',
  work: (view: SimnetView, kit: ReturnType<typeof reach>) => Promise<void>,
) {
  const view = await simnet.openView(scenarioWith({ elects }));
  const kit = reach(view);
  try {
    await work(view, kit);
  } finally {
    await kit.close();
    await view.close();
  }
}

describe('the record of an elected version', () => {
  it.each(['guestos', 'hostos'] as const)('is read certified as the registry holds it: %s', async (elects) => {
    await inView(elects, async (view, { deps }) => {
      const blobs = memoryBlobs();
      const reader = createRegistryReader({ ...deps, canisterId: REGISTRY, blobs });
      const { commit } = view.release;
      const key = evidenceKey.registryVersion(elects, commit as CommitId).subject;
      expect(await reader.version(key, signal)).toMatchObject({ kind: 'absent', code: 'registry-key-absent' });
      simnet.ic.execute(view, view.proposalId);
      const look = await reader.version(key, signal);
      if (look.status !== 'observed') throw new Error(look.detail);
      const sha256 = simnet.artifacts.publishedSha256(view.release, elects);
      const launchMeasurements = MEASUREMENTS.map(({ measurement, kernel_cmdline, vcpu_type }) => ({
        measurement,
        kernelCmdline: kernel_cmdline,
        vcpuType: vcpu_type,
      }));
      expect(look.value).toMatchObject({
        sha256,
        launchMeasurements: elects === 'guestos' ? launchMeasurements : null,
      });
      expect(look.value.urls).toHaveLength(2);
      await recheckCertificate(blobs.kept.get(look.file!)!, simnet.ic.rootKeyDer);
      const before = Number(await reader.latest(signal));
      simnet.ic.execute(view, view.proposalId, { sha256: '00'.repeat(32) });
      expect(Number(await reader.latest(signal))).toBe(before + 1);
      expect(await reader.version(key, signal)).toMatchObject({ value: { sha256: '00'.repeat(32) } });
    });
  });

  it('with a field that cannot be understood is not one without measurements', () => {
    const hash = bytesField(6, Buffer.from('aa'.repeat(32)));
    const key = 'replica_version_x';
    expect(readVersion(key, hash).launchMeasurements).toBeNull();
    const odd = Uint8Array.from([...hash, ...bytesField(9, Uint8Array.of(0x0a, 1, 0))]);
    expect(() => readVersion(key, odd)).toThrow('cannot be understood');
    expect(() => readVersion(key, new Uint8Array())).toThrow('no package');
  });
});

describe('where versions run', () => {
  it('includes the HostOS of the nodes of subnets and of API boundary nodes, where that is wanted', async () => {
    await inView('guestos', async (_view, { deps }) => {
      const reader = createRegistryReader({ ...deps, canisterId: REGISTRY, blobs: memoryBlobs() });
      const look = await reader.inUse(signal, { nodes: true });
      if (look.status !== 'observed') throw new Error(look.detail);
      expect(look.value.notRead).toEqual([]);
      expect(look.value.inUse).toContainEqual({ version: VERSIONS.hostos, by: 'HostOS of 5 nodes' });
      expect(look.value.partlyRead).toEqual([{ place: 'hostos-nodes', but: ['nodes of no subnet'] }]);
    });
  });
});

describe('a proposal that deploys a version', () => {
  it('is listed apart from elections, and names its version', async () => {
    await inView('not-an-election', async (view, { deps }) => {
      const decode = createPayloadDecoder();
      try {
        const list = createElectionList({ ...deps, canisterId: GOVERNANCE, decode });
        const wanted = { certified: true, downTo: null, most: 1 };
        const deployments = await list.read({ ...wanted, deployments: true }, signal);
        expect(deployments.elections[0]).toMatchObject({ id: String(view.proposalId), topic: 12, nnsFunction: 11 });
        const { elections } = await list.read(wanted, signal);
        expect(elections.map(({ id }) => id)).not.toContain(String(view.proposalId));
        const reader = createGovernanceReader({ ...deps, canisterId: GOVERNANCE, decode, blobs: memoryBlobs() });
        const read = await reader.read(parseProposalId(String(view.proposalId))!, signal);
        expect(read).toMatchObject({
          value: {
            action: {
              kind: 'other',
              deploys: { component: 'guestos', versions: [view.release.commit], needsVersion: true },
            },
          },
        });
      } finally {
        await decode.close();
      }
    });
  });
});
