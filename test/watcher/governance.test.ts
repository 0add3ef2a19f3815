import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ProposalId } from '../../src/domain/ids.ts';
import { kindOf } from '../../src/domain/proposal.ts';
import { recheckCertificate } from '../../src/watcher/certificate.ts';
import { createPayloadDecoder } from '../../src/watcher/decode.ts';
import { createGovernanceReader } from '../../src/watcher/governance.ts';
import type { BoundaryDeps } from '../../src/watcher/boundary.ts';
import type { Simnet } from '../../simnet/simnet.ts';
import type { Fault, Scenario } from '../../simnet/types.ts';
import { scenarioWith, startPlainSimnet } from '../simnet/ic-kit.ts';
import { bomb } from './candid.ts';
import { HOSTS, memoryBlobs, reach } from './kit.ts';

const GOVERNANCE = 'rrkah-fqaaa-aaaaa-aaaaq-cai';
const decode = createPayloadDecoder();
let simnet: Simnet;
beforeAll(async () => {
  simnet = await startPlainSimnet();
});
afterAll(async () => {
  await simnet.close();
  await decode.close();
});

async function readIn(scenario: Scenario, changes: Partial<BoundaryDeps> = {}, id?: string, signal?: AbortSignal) {
  const view = await simnet.openView(scenario);
  const { deps, close } = reach(view, changes);
  const blobs = memoryBlobs();
  try {
    const reader = createGovernanceReader({ ...deps, canisterId: GOVERNANCE, blobs, decode });
    const wanted = (id ?? String(view.proposalId)) as ProposalId;
    const observation = await reader.read(wanted, signal ?? new AbortController().signal);
    return { observation, blobs, view, requests: view.requests.map(({ url }) => url) };
  } finally {
    await close();
    await view.close();
  }
}

type IcFault = Extract<Fault, { at: 'ic' }>['fault'];
const fault = (kind: IcFault, hosts: string[] | 'all' = 'all', times?: number): Fault => ({
  at: 'ic',
  hosts,
  fault: kind,
  ...(times === undefined ? {} : { times }),
});
const FIRST = ['icp-api.io'];

describe('reading a proposal', () => {
  it('gives what the canister certifies and keeps the certificate', async () => {
    const { observation, blobs, view } = await readIn(scenarioWith());
    if (observation.status !== 'observed') throw new Error(observation.detail);
    const { value, source, file } = observation;
    expect(source).toBe(
      `canister ${GOVERNANCE} get_proposal_info(${view.proposalId}), certified, via https://icp-api.io`,
    );
    expect(value).toMatchObject({
      id: String(view.proposalId),
      topic: 13,
      status: 'open',
      rewardStatus: 'accept-votes',
    });
    expect(value.deadlineAt! - value.submittedAt).toBe(4 * 86_400);
    expect(value.action).toMatchObject({ kind: 'elect-guestos', version: { commit: view.release.commit } });
    if (value.action.kind !== 'elect-guestos') throw new Error('not an election');
    expect(value.action.version.launchMeasurements).toHaveLength(2);
    const kept = await recheckCertificate(blobs.kept.get(file!)!, simnet.ic.rootKeyDer);
    expect(kept).toMatchObject({ canisterId: GOVERNANCE, method: 'get_proposal_info' });
    expect(Math.abs(kept.time - Date.now())).toBeLessThan(60_000);
    expect((await decode.reply('proposal', kept.reply))?.proposal.id).toBe(value.id);
  });

  it.each<[string, Partial<Scenario>, string]>([
    ['a HostOS election', { elects: 'hostos' }, 'elect-hostos'],
    ['one that retires only', { elects: 'retire-only', payload: { retires: ['x'] } }, 'retire-only'],
    ['one of another topic', { elects: 'not-an-election' }, 'other'],
  ])('understands %s', async (_, changes, kind) => {
    const { observation } = await readIn(scenarioWith(changes));
    expect(observation.status === 'observed' && kindOf(observation.value)).toBe(kind);
  });

  it.each<[string, Partial<Scenario>, string]>([
    ['an action that nobody knows', { elects: 'unknown-action' }, 'unknown-action'],
    ['measurements of another type', { payload: { undecodableMeasurements: true } }, 'measurements-undecodable'],
    ['a bomb', { payload: { rawPayload: Buffer.from(bomb(2 ** 32 - 1)).toString('hex') } }, 'payload-undecodable'],
    ['garbage', { payload: { rawPayload: 'deadbeef' } }, 'payload-undecodable'],
    ['an empty payload', { payload: { rawPayload: '' } }, 'payload-empty'],
    ['no URLs', { payload: { urls: [] } }, 'no-urls'],
    ['a version that is an option of git', { payload: { version: '--upload-pack=id' } }, 'version-not-a-commit'],
  ])('records an election with %s as one that cannot be understood', async (_, changes, code) => {
    const { observation } = await readIn(scenarioWith(changes));
    expect(observation).toMatchObject({
      status: 'observed',
      value: { topic: 13, action: { kind: 'undecodable', code } },
    });
  });

  it('says that there is none where the canister certifies it', async () => {
    const { observation, blobs } = await readIn(scenarioWith(), {}, '999999999');
    expect(observation).toMatchObject({
      status: 'unavailable',
      kind: 'absent',
      code: 'no-such-proposal',
      retryable: false,
    });
    expect(blobs.kept.size).toBe(1);
  });
});

describe('a boundary node that lies or is down', () => {
  it.each<IcFault>(['altered-reply', 'other-root', 'stale-certificate', 'down', 'http-500', 'http-429', 'stall'])(
    'does no harm alone: %s',
    async (kind) => {
      const { observation } = await readIn(scenarioWith({ faults: [fault(kind, FIRST)] }), { timeoutMs: 2_000 });
      expect(observation).toMatchObject({ status: 'observed', value: { action: { kind: 'elect-guestos' } } });
      expect(observation.source).toContain('via https://icp0.io');
    },
  );

  it.each<[IcFault, string, string]>([
    ['altered-reply', 'untrusted', 'certificate-untrusted'],
    ['other-root', 'untrusted', 'certificate-untrusted'],
    ['stale-certificate', 'untrusted', 'certificate-stale'],
    ['half-an-hour-ahead', 'transport', 'expiry-refused'],
    ['down', 'transport', 'hosts-unreachable'],
    ['http-500', 'transport', 'hosts-unreachable'],
    ['stall', 'transport', 'hosts-unreachable'],
  ])('gives nothing where all do: %s', async (kind, unavailableKind, code) => {
    const { observation, blobs } = await readIn(scenarioWith({ faults: [fault(kind)] }), {
      timeoutMs: kind === 'stall' ? 300 : 5_000,
    });
    expect(observation).toMatchObject({ status: 'unavailable', kind: unavailableKind, code, retryable: true });
    expect(blobs.kept.size).toBe(0);
  });

  it('is untrusted rather than out of reach where one lies and the others are down', async () => {
    const faults = [fault('other-root', FIRST), fault('down', ['icp0.io', 'ic0.app'])];
    const { observation, requests } = await readIn(scenarioWith({ faults }));
    expect(observation).toMatchObject({ kind: 'untrusted', code: 'certificate-untrusted' });
    expect(requests.filter((url) => url.includes('icp0.io'))).toHaveLength(3);
    expect(requests.filter((url) => url.includes('icp-api.io') && url.endsWith('/call'))).toHaveLength(1);
  });

  it('is asked again where all were in trouble for a moment', async () => {
    const { observation } = await readIn(scenarioWith({ faults: [fault('http-500', 'all', 7)] }));
    expect(observation.status).toBe('observed');
  });

  it('is left alone for as long as it asks', async () => {
    const started = performance.now();
    const { observation } = await readIn(scenarioWith({ faults: [fault('http-429', 'all', 1)] }), {
      hosts: HOSTS.slice(0, 1),
    });
    expect(observation.status).toBe('observed');
    expect(performance.now() - started).toBeGreaterThan(950);
  });

  it('is not believed about the time when this clock says otherwise', async () => {
    const clock = { now: () => Date.now() + 6 * 60_000 };
    const { observation } = await readIn(scenarioWith(), { clock });
    expect(observation).toMatchObject({ kind: 'untrusted', code: 'certificate-stale' });
    expect(observation).toHaveProperty('detail', expect.stringMatching(/^This machine’s clock is 6 min ahead of that/));
  });

  it('proves nothing under the root key of the real network', async () => {
    const { observation } = await readIn(scenarioWith(), { rootKey: undefined });
    expect(observation).toMatchObject({ kind: 'untrusted', code: 'certificate-untrusted' });
  });

  it('is not waited for once the reading is called off', async () => {
    const signal = AbortSignal.timeout(300);
    const started = performance.now();
    const { observation } = await readIn(
      scenarioWith({ faults: [fault('stall')] }),
      { timeoutMs: 60_000 },
      undefined,
      signal,
    );
    expect(observation).toMatchObject({ status: 'unavailable', kind: 'transport' });
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('a kept certificate', () => {
  async function kept(): Promise<Uint8Array> {
    const { blobs } = await readIn(scenarioWith());
    return [...blobs.kept.values()][0]!;
  }
  const changed = (bytes: Uint8Array, change: (kept: Record<string, string>) => void): Uint8Array => {
    const value = JSON.parse(Buffer.from(bytes).toString()) as Record<string, string>;
    change(value);
    return Buffer.from(JSON.stringify(value));
  };
  const flipped = (text: string): string => {
    const bytes = Buffer.from(text, 'base64');
    bytes[Math.floor(bytes.length / 2)]! ^= 1;
    return bytes.toString('base64');
  };

  it.each<[string, (kept: Record<string, string>) => void]>([
    ['the certificate', (k) => (k['certificate'] = flipped(k['certificate']!))],
    ['the reply', (k) => (k['reply'] = flipped(k['reply']!))],
    ['the argument', (k) => (k['arg'] = flipped(k['arg']!))],
    ['the nonce', (k) => (k['nonce'] = flipped(k['nonce']!))],
    ['the method', (k) => (k['method'] = 'list_proposals')],
    ['the canister', (k) => (k['canister'] = 'rwlgt-iiaaa-aaaaa-aaaaa-cai')],
    ['the expiry', (k) => (k['ingressExpiry'] = String(BigInt(k['ingressExpiry']!) + 1n))],
  ])('does not hold once %s is another', async (_, change) => {
    const bytes = await kept();
    await expect(recheckCertificate(bytes, simnet.ic.rootKeyDer)).resolves.toMatchObject({ canisterId: GOVERNANCE });
    await expect(recheckCertificate(changed(bytes, change), simnet.ic.rootKeyDer)).rejects.toMatchObject({
      kind: 'untrusted',
    });
  });

  it('does not hold under another root key', async () => {
    await expect(recheckCertificate(await kept(), undefined)).rejects.toMatchObject({ code: 'certificate-untrusted' });
  });

  it.each(['', '[]', '{"schema":"other"}', 'null', '\u0000'])('is not made of %j', async (text) => {
    await expect(recheckCertificate(Buffer.from(text), undefined)).rejects.toMatchObject({ kind: 'malformed' });
  });

  it('is malformed where its request cannot be read', async () => {
    const bytes = changed(await kept(), (k) => (k['canister'] = 'not a principal'));
    await expect(recheckCertificate(bytes, simnet.ic.rootKeyDer)).rejects.toMatchObject({ kind: 'malformed' });
  });
});
