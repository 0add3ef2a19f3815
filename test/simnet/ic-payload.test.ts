import { IDL } from '@icp-sdk/core/candid';
import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../simnet/ic/bytes.ts';
import { overridden, scenarioProposal } from '../../simnet/ic/governance/election.ts';
import { history } from '../../simnet/ic/governance/history.ts';
import { electGuestos, type Election } from '../../simnet/ic/governance/payload.ts';
import { CANDID_BOMB } from '../../simnet/scenarios/hostile.ts';
import type { PayloadOverrides, Scenario } from '../../simnet/types.ts';
import { MEASUREMENTS, plainArtifacts, scenarioWith } from './ic-kit.ts';

// The newest type with every inner field optional, as a careful client declares it.
const Metadata = IDL.Record({ kernel_cmdline: IDL.Opt(IDL.Text), vcpu_type: IDL.Opt(IDL.Text) });
const Entry = IDL.Record({ measurement: IDL.Opt(IDL.Vec(IDL.Nat8)), metadata: IDL.Opt(Metadata) });
const Payload = IDL.Record({
  release_package_urls: IDL.Vec(IDL.Text),
  replica_versions_to_unelect: IDL.Vec(IDL.Text),
  replica_version_to_elect: IDL.Opt(IDL.Text),
  release_package_sha256_hex: IDL.Opt(IDL.Text),
  guest_launch_measurements: IDL.Opt(IDL.Record({ guest_launch_measurements: IDL.Vec(Entry) })),
});
const Presence = IDL.Record({ guest_launch_measurements: IDL.Opt(IDL.Reserved) });

interface Decoded {
  release_package_urls: string[];
  replica_version_to_elect: string[];
  release_package_sha256_hex: string[];
  guest_launch_measurements: { guest_launch_measurements: DecodedEntry[] }[];
}
interface DecodedEntry {
  measurement: Uint8Array[];
  metadata: { kernel_cmdline: string[]; vcpu_type: string[] }[];
}

const decode = (payload: Uint8Array): Decoded => IDL.decode([Payload], payload)[0] as unknown as Decoded;
const isPresent = (payload: Uint8Array): boolean =>
  (IDL.decode([Presence], payload)[0] as unknown as Decoded).guest_launch_measurements.length > 0;

const ELECTION: Election = {
  version: 'ab'.repeat(20),
  sha256: 'cd'.repeat(32),
  urls: ['https://download.dfinity.systems/x'],
  retires: [],
  measurements: MEASUREMENTS,
  generation: 'withCpu',
};

describe('a GuestOS payload', () => {
  test.each([
    ['withCpu', ['EPYC-Turin']],
    ['optional', []],
    ['text', []],
  ] as const)('of generation %s gives its measurements to the newest type', (generation, cpu) => {
    const { guest_launch_measurements } = decode(electGuestos({ ...ELECTION, generation }).payload);
    const entries = guest_launch_measurements[0]!.guest_launch_measurements;
    expect(entries.map(({ measurement }) => toHex(Uint8Array.from(measurement[0]!)))).toEqual(
      MEASUREMENTS.map(({ measurement }) => measurement),
    );
    expect(entries.map(({ metadata }) => metadata[0])).toEqual(
      MEASUREMENTS.map(({ kernel_cmdline }) => ({ kernel_cmdline: [kernel_cmdline], vcpu_type: [...cpu] })),
    );
  });

  test('of the oldest generation has no such field', () => {
    const { payload } = electGuestos({ ...ELECTION, generation: 'none', measurements: null });
    expect(isPresent(payload)).toBe(false);
    expect(decode(payload).replica_version_to_elect).toEqual([ELECTION.version]);
  });

  test('with foreign measurements is present and cannot be read', () => {
    const { payload } = electGuestos({ ...ELECTION, generation: 'foreign' });
    expect(isPresent(payload)).toBe(true);
    expect(JSON.stringify(decode(payload).guest_launch_measurements)).not.toContain(MEASUREMENTS[0]!.measurement);
  });

  test('without measurements is absent, and with an empty list it is not', () => {
    const absent = electGuestos({ ...ELECTION, measurements: null }).payload;
    const empty = electGuestos({ ...ELECTION, measurements: [] }).payload;
    expect([isPresent(absent), isPresent(empty)]).toEqual([false, true]);
  });
});

describe('a scenario changes of the measurements', () => {
  const changes: [PayloadOverrides['measurements'], (entries: typeof MEASUREMENTS) => unknown][] = [
    [undefined, (entries) => entries],
    [null, () => null],
    [[], () => []],
    ['shuffled', ([a, b]) => [b, a]],
    ['missing', ([, b]) => [b]],
    ['extra', ([a, b]) => [a, b, { ...a, measurement: '5a'.repeat(48) }]],
  ];
  test.each(changes)('%j', (change, expected) =>
    expect(overridden(MEASUREMENTS, change)).toEqual(expected(MEASUREMENTS)),
  );

  test.each(['measurement', 'kernel_cmdline', 'vcpu_type'] as const)('one character of %s in one entry', (field) => {
    const [first, second] = overridden(MEASUREMENTS, { alter: 1, field })!;
    expect(first).toEqual(MEASUREMENTS[0]);
    const [before, after] = [MEASUREMENTS[1]![field]!, second![field]!];
    expect(after.split('').filter((letter, index) => letter !== before[index])).toHaveLength(1);
    expect(after).toHaveLength(before.length);
    expect({ ...second, [field]: before }).toEqual(MEASUREMENTS[1]);
  });
});

function proposalOf(scenario: Scenario) {
  const artifacts = plainArtifacts();
  const release = artifacts.releases.get('good')!;
  const published = {
    release,
    guestosSha256: artifacts.publishedSha256(release, 'guestos'),
    hostosSha256: artifacts.publishedSha256(release, 'hostos'),
    measurements: MEASUREMENTS,
  };
  return { published, proposal: scenarioProposal({ id: 200_000n, scenario, published, nowSeconds: 1_800_000_000n }) };
}

function payloadOf(scenario: Scenario): Uint8Array {
  const { action } = proposalOf(scenario).proposal;
  if (action.kind !== 'nns') throw new Error('no NNS function');
  return action.nns.payload;
}

describe('the payload of a scenario', () => {
  test('is what was published', () => {
    const { published } = proposalOf(scenarioWith());
    expect(decode(payloadOf(scenarioWith()))).toMatchObject({
      replica_version_to_elect: [published.release.commit],
      release_package_sha256_hex: [published.guestosSha256],
      release_package_urls: [
        `https://download.dfinity.systems/ic/${published.release.commit}/guest-os/update-img/update-img.tar.zst`,
        `https://download.dfinity.network/ic/${published.release.commit}/guest-os/update-img/update-img.tar.zst`,
      ],
    });
  });

  test('can be half set, in upper case or raw', () => {
    expect(decode(payloadOf(scenarioWith({ payload: { sha256: null } }))).release_package_sha256_hex).toEqual([]);
    expect(decode(payloadOf(scenarioWith({ payload: { version: null } }))).replica_version_to_elect).toEqual([]);
    const [upper] = decode(payloadOf(scenarioWith({ payload: { sha256UpperCase: true } }))).release_package_sha256_hex;
    expect(upper).toMatch(/^[0-9A-F]{64}$/);
    expect(payloadOf(scenarioWith({ payload: { rawPayload: 'deadbeef' } }))).toEqual(fromHex('deadbeef'));
  });

  test('of a retirement elects nothing and still names what it retires', () => {
    const retired = decode(payloadOf(scenarioWith({ elects: 'retire-only', payload: { retires: ['one'] } })));
    expect(retired).toMatchObject({
      replica_version_to_elect: [],
      release_package_sha256_hex: [],
      release_package_urls: [],
    });
    expect(retired).toHaveProperty('replica_versions_to_unelect', ['one']);
  });

  test('of a deployment belongs to another topic', () => {
    expect(proposalOf(scenarioWith({ elects: 'not-an-election' })).proposal.topic).toBe(12);
    expect(proposalOf(scenarioWith({ elects: 'unknown-action' })).proposal.topic).toBe(13);
  });

  test('that is a bomb is well-formed and small', () => {
    expect(fromHex(CANDID_BOMB)).toHaveLength(18);
    const small = CANDID_BOMB.replace(/ffffffff0f$/, '03');
    expect(IDL.decode([IDL.Record({ _0_: IDL.Vec(IDL.Null) })], fromHex(small))).toEqual([{ _0_: [null, null, null] }]);
  });
});

test('every proposal of the history has an id of its own, and later ids are later', () => {
  const proposals = history(1_800_000_000n).toSorted((a, b) => Number(a.id - b.id));
  const times = proposals.map(({ submitted }) => submitted);
  expect(new Set(proposals.map(({ id }) => id)).size).toBe(proposals.length);
  expect(proposals.length).toBeGreaterThan(200);
  expect(times.filter((time, index) => index > 0 && time < times[index - 1]!)).toEqual([]);
});
