import { IDL } from '@icp-sdk/core/candid';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { classify, readAction } from '../../src/watcher/action.ts';
import { ELECTION_TOPIC, GUESTOS_ELECTION, HOSTOS_ELECTION, OBSOLETE_ELECTIONS } from '../../src/watcher/query.ts';
import {
  COMMIT,
  encode,
  guestosWire,
  MEASUREMENT,
  measurementsWire,
  nothingElected,
  OTHER,
  SHA256,
  URLS,
  type Wire,
} from './candid.ts';
import { Blob, code, guestos, hostos, OptText, Texts } from './action-kit.ts';

describe('an election that is complete', () => {
  it('gives a GuestOS version with its URLs, hash and retired versions, and says that no measurements were carried', () => {
    expect(guestos()).toEqual({
      kind: 'elect-guestos',
      version: {
        component: 'guestos',
        commit: COMMIT,
        packageSha256: SHA256,
        packageUrls: URLS,
        launchMeasurements: null,
        retires: [OTHER],
      },
    });
  });

  it('gives a HostOS version', () => {
    expect(hostos()).toMatchObject({
      kind: 'elect-hostos',
      version: { component: 'hostos', launchMeasurements: null },
    });
  });

  it('lowers the case of the hash', () => {
    const action = guestos({ release_package_sha256_hex: [OptText, [SHA256.toUpperCase()]] });
    expect(action).toMatchObject({ version: { packageSha256: SHA256 } });
  });

  it('reads a version that was written without opt', () => {
    expect(guestos({ replica_version_to_elect: [IDL.Text, COMMIT] })).toMatchObject({ version: { commit: COMMIT } });
  });

  it('keeps duplicate URLs in their order', () => {
    const urls = [URLS[0], URLS[0], URLS[1]];
    expect(guestos({ release_package_urls: [Texts, urls] })).toMatchObject({ version: { packageUrls: urls } });
  });

  it('tolerates the field of the oldest generation and fields of later ones', () => {
    const action = guestos({ guest_launch_measurement_sha256_hex: [OptText, []], brand_new: [IDL.Nat, 7n] });
    expect(action).toMatchObject({ kind: 'elect-guestos', version: { launchMeasurements: null } });
  });
});

describe('a payload that retires only', () => {
  it('names the versions and the component, of either function', () => {
    expect(guestos(nothingElected)).toEqual({ kind: 'retire-only', component: 'guestos', retires: [OTHER] });
    const action = hostos({
      release_package_urls: [Texts, []],
      hostos_version_to_elect: [OptText, []],
      release_package_sha256_hex: [OptText, []],
      hostos_versions_to_unelect: [Texts, ['../x']],
    });
    expect(action).toEqual({ kind: 'retire-only', component: 'hostos', retires: ['../x'] });
  });

  it('is not to be understood where it retires nothing either', () => {
    expect(code(guestos({ ...nothingElected, replica_versions_to_unelect: [Texts, []] }))).toBe('elects-nothing');
    expect(code(readAction({ nnsFunction: 38, payload: encode({}) }))).toBe('elects-nothing');
  });

  it('is not to be understood where it is the payload of the other component', () => {
    expect(code(readAction({ nnsFunction: 50, payload: encode(guestosWire) }))).toBe('elect-fields-half-set');
  });
});

describe('an election that cannot be understood', () => {
  it.each<[string, Wire, string]>([
    ['without a version', { replica_version_to_elect: [OptText, []] }, 'elect-fields-half-set'],
    ['without a hash', { release_package_sha256_hex: [OptText, []] }, 'elect-fields-half-set'],
    ['of URLs only', { ...nothingElected, release_package_urls: [Texts, URLS] }, 'elect-fields-half-set'],
    [
      'of measurements only',
      { ...nothingElected, ...measurementsWire(IDL.Record({ measurement: Blob }), [{ measurement: MEASUREMENT }]) },
      'elect-fields-half-set',
    ],
    ['without URLs', { release_package_urls: [Texts, []] }, 'no-urls'],
    ['whose version is a number', { replica_version_to_elect: [IDL.Nat, 1n] }, 'payload-field-undecodable'],
    [
      'whose version is an optional number',
      { replica_version_to_elect: [IDL.Opt(IDL.Nat), [1n]] },
      'payload-field-undecodable',
    ],
    ['whose hash is bytes', { release_package_sha256_hex: [IDL.Opt(Blob), [[1, 2]]] }, 'payload-field-undecodable'],
    ['whose URLs are one text', { release_package_urls: [IDL.Text, 'https://x'] }, 'payload-field-undecodable'],
    [
      'whose retired versions are numbers',
      { replica_versions_to_unelect: [IDL.Vec(IDL.Nat), [1n]] },
      'payload-field-undecodable',
    ],
  ])('%s says so', (_, wire, expected) => {
    expect(code(guestos(wire))).toBe(expected);
  });

  it.each([
    '',
    'master',
    '--upload-pack=x',
    `../${COMMIT}`,
    COMMIT.toUpperCase(),
    COMMIT.slice(1),
    `${COMMIT}\n`,
    `${COMMIT}0`,
  ])('does not take %j for a commit', (version) => {
    expect(code(guestos({ replica_version_to_elect: [OptText, [version]] }))).toBe('version-not-a-commit');
  });

  it.each(['', SHA256.slice(1), `${SHA256}0`, SHA256.replace('8', 'g'), ` ${SHA256}`])(
    'does not take %j for a hash',
    (hash) => {
      expect(code(guestos({ release_package_sha256_hex: [OptText, [hash]] }))).toBe('hash-not-sha256');
    },
  );

  it('quotes strangers on one line and in at most 80 characters', () => {
    const action = guestos({ replica_version_to_elect: [OptText, [`@everyone\n\u202e${'x'.repeat(500)}`]] });
    if (action.kind !== 'undecodable') throw new Error('it was decoded');
    expect(action.sentence).toMatch(/“@everyone x+…”\.$/);
    expect(action.sentence).not.toMatch(/[\n\u202e]/);
    expect(/“(.*)”/.exec(action.sentence)?.[1]?.length).toBe(80);
  });

  it.each([
    ['nothing', Uint8Array.of()],
    ['no candid', Buffer.from('<html>')],
    ['cut candid', encode(guestosWire).subarray(0, 60)],
    ['candid with bytes after it', Uint8Array.from([...encode(guestosWire), 0])],
    ['a text', new Uint8Array(IDL.encode([IDL.Text], ['x']))],
  ])('is undecodable when it is %s', (_, payload) => {
    expect(code(readAction({ nnsFunction: 38, payload }))).toMatch(/^payload-(field-)?undecodable$/);
  });

  it('reads bytes that lie inside a larger buffer', () => {
    const whole = Uint8Array.from([...Buffer.from('DIDL\0\0'), ...encode(guestosWire)]);
    expect(readAction({ nnsFunction: 38, payload: whole.subarray(6) }).kind).toBe('elect-guestos');
  });
});

describe('sorting proposals', () => {
  const payload = encode(guestosWire);
  const sorted = (topic: number, call: Parameters<typeof classify>[1]) => {
    const classified = classify(topic, call);
    return 'election' in classified ? 'election' : (code(classified.action) ?? classified.action.kind);
  };

  it('takes the election functions for elections, whatever the topic', () => {
    for (const topic of [13, 5, 0, 99]) {
      expect(sorted(topic, { nnsFunction: 38, payload })).toBe('election');
      expect(sorted(topic, { nnsFunction: 50, payload })).toBe('election');
    }
  });

  it('takes nothing of the election topic for something else', () => {
    expect(sorted(13, null)).toBe('unknown-action');
    expect(sorted(13, { nnsFunction: 77, payload })).toBe('unknown-function');
    expect(sorted(13, { nnsFunction: 5, payload })).toBe('obsolete-function');
    expect(sorted(13, { nnsFunction: 36, payload })).toBe('obsolete-function');
    expect(sorted(13, { nnsFunction: 38, payload: Uint8Array.of() })).toBe('payload-empty');
  });

  it('takes other topics for no election', () => {
    expect(sorted(12, { nnsFunction: 11, payload })).toBe('other');
    expect(sorted(4, null)).toBe('other');
    expect(sorted(5, { nnsFunction: 40, payload })).toBe('other');
  });

  it('knows the numbers as the published client does', async () => {
    const { NnsFunction, Topic } = (await import('@icp-sdk/canisters/nns')) as unknown as Record<
      'NnsFunction' | 'Topic',
      Record<string, number>
    >;
    expect(ELECTION_TOPIC).toBe(Topic['IcOsVersionElection']);
    expect(GUESTOS_ELECTION).toBe(NnsFunction['ReviseElectedGuestosVersions']);
    expect(HOSTOS_ELECTION).toBe(NnsFunction['ReviseElectedHostosVersions']);
    expect(OBSOLETE_ELECTIONS).toEqual([NnsFunction['BlessReplicaVersion'], NnsFunction['RetireReplicaVersion']]);
  });
});

describe('any bytes', () => {
  it('give another action when one byte of a payload is changed, except for the case of the hash', () => {
    const good = encode(guestosWire);
    const before = readAction({ nnsFunction: 38, payload: good });
    const flip = fc.integer({ min: 1, max: 255 }).filter((bits) => bits !== 0x20);
    fc.assert(
      fc.property(fc.nat(good.length - 1), flip, (at, bits) => {
        const changed = Uint8Array.from(good);
        changed[at]! ^= bits;
        expect(readAction({ nnsFunction: 38, payload: changed })).not.toEqual(before);
      }),
      { numRuns: 500 },
    );
  });

  it('never throw', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(bytes, fc.boolean(), fc.constantFrom(38, 50), (tail, magic, nnsFunction) => {
        const payload = magic ? Uint8Array.from([...Buffer.from('DIDL'), ...tail]) : tail;
        expect(readAction({ nnsFunction, payload }).kind).toBe('undecodable');
      }),
      { numRuns: 1000 },
    );
  });
});
