import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { certificateClaims, statementClaims, utf8String } from '../../../src/verify/sigstore/claims.ts';
import { createBundleVerifier, type BundleVerifier } from '../../../src/verify/sigstore/verify-bundle.ts';
import { CLAIMS, createSigstore, mint, OIDS, type MintedBundle, type Sigstore } from './minted.ts';

let sigstore: Sigstore;
let verify: BundleVerifier;
let good: MintedBundle;
beforeAll(async () => {
  sigstore = await createSigstore();
  verify = await createBundleVerifier(sigstore.trustedRoot);
  good = await mint(sigstore);
});

const changed = (change: (bundle: MintedBundle) => void): MintedBundle => {
  const copy = structuredClone(good);
  change(copy);
  return copy;
};
const flip = (base64: string, at = 10): string => {
  const bytes = Buffer.from(base64, 'base64');
  bytes[at] = bytes[at]! ^ 1;
  return bytes.toString('base64');
};

describe('a good bundle', () => {
  it('gives every claim from its own place', () => {
    expect(verify(good)).toEqual({ status: 'signed', claims: CLAIMS });
  });

  it.each([8, 11, 12, 13, 14, 18])('without claim %i gives an empty one, equal to nothing', async (number) => {
    const rest = Object.fromEntries(Object.entries(OIDS).filter(([key]) => key !== String(number)));
    const attestation = verify(await mint(sigstore, rest));
    const empty = Object.entries(attestation.status === 'signed' ? attestation.claims : {}).filter(([, v]) => v === '');
    expect(empty).toHaveLength(1);
  });
});

describe('a bundle that was tampered with is untrusted', () => {
  it.each<[string, (bundle: MintedBundle) => void]>([
    ['in its payload', ({ dsseEnvelope }) => (dsseEnvelope.payload = flip(dsseEnvelope.payload))],
    [
      'in its signature',
      ({ dsseEnvelope }) => (dsseEnvelope.signatures[0]!.sig = flip(dsseEnvelope.signatures[0]!.sig)),
    ],
    ['in its payload type', ({ dsseEnvelope }) => (dsseEnvelope.payloadType = 'text/plain')],
    [
      'in its log entry',
      ({ verificationMaterial: { tlogEntries } }) => {
        tlogEntries[0]!.canonicalizedBody = flip(tlogEntries[0]!.canonicalizedBody);
      },
    ],
    [
      'in its time',
      ({ verificationMaterial: { tlogEntries } }) => {
        tlogEntries[0]!.integratedTime = String(Number(tlogEntries[0]!.integratedTime) - 86_400);
      },
    ],
    ['by leaving its log entry out', ({ verificationMaterial }) => (verificationMaterial.tlogEntries = [])],
    [
      'by showing its log entry twice',
      ({ verificationMaterial: { tlogEntries } }) => tlogEntries.push(tlogEntries[0]!),
    ],
  ])('%s', (_where, change) => {
    const attestation = verify(changed(change));
    expect(attestation.status).toBe('untrusted');
    expect(attestation).toHaveProperty('code', expect.stringMatching(/^[a-z-]+$/));
  });

  it('in its certificate', async () => {
    const other = await mint(sigstore);
    const swapped = changed(
      (bundle) => (bundle.verificationMaterial.certificate = other.verificationMaterial.certificate),
    );
    expect(verify(swapped).status).toBe('untrusted');
  });

  it('by being of another Sigstore', async () => {
    const other = await mint(await createSigstore());
    expect(verify(other)).toEqual({ status: 'untrusted', code: 'certificate-error' });
  });
});

describe('what is no bundle', () => {
  it.each([
    [undefined],
    [null],
    [''],
    [[]],
    [{}],
    [{ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json', verificationMaterial: 'none' }],
  ])('is malformed: %j', (json) => {
    expect(verify(json)).toMatchObject({ status: 'malformed' });
  });

  it('is never signed, and never throws, whatever is put in the place of its parts', () => {
    const path = fc.constantFrom('mediaType', 'verificationMaterial', 'dsseEnvelope');
    const inner = fc.constantFrom('certificate', 'tlogEntries', 'payload', 'signatures');
    fc.assert(
      fc.property(path, inner, fc.anything(), (part, field, value) => {
        const outer: unknown = { ...good, [part]: value };
        const nested: unknown = { ...good, [part]: { ...(good[part as 'dsseEnvelope'] as object), [field]: value } };
        return [outer, nested].every((json) => JSON.stringify(json) === JSON.stringify(good) || verifies(json, part));
      }),
      { numRuns: 200 },
    );
  });

  function verifies(json: unknown, part: string): boolean {
    const { status } = verify(json);
    // A field that bundles do not have in that place changes nothing of what was signed.
    return status === 'signed' ? part !== 'mediaType' && sameCore(json) : true;
  }
  function sameCore(json: unknown): boolean {
    const { verificationMaterial: material, dsseEnvelope: envelope } = json as MintedBundle;
    const core = (bundle: MintedBundle) => [
      bundle.verificationMaterial.certificate,
      bundle.verificationMaterial.tlogEntries,
      bundle.dsseEnvelope.payload,
      bundle.dsseEnvelope.signatures,
    ];
    return (
      JSON.stringify(core({ ...good, verificationMaterial: material, dsseEnvelope: envelope })) ===
      JSON.stringify(core(good))
    );
  }
});

describe('claims', () => {
  const oid = (number: number, value: Uint8Array) => ({
    oid: { id: [1, 3, 6, 1, 4, 1, 57264, 1, number] },
    value,
  });

  it('that stand twice in a certificate count as none', () => {
    const issuer = Uint8Array.of(0x0c, 1, 0x61);
    expect(certificateClaims({ oids: [oid(8, issuer)] }).issuer).toBe('a');
    expect(certificateClaims({ oids: [oid(8, issuer), oid(8, issuer)] }).issuer).toBe('');
  });

  it('are DER text of any length, and nothing else', () => {
    const long = Buffer.from('é'.repeat(200));
    expect(utf8String(Buffer.concat([Uint8Array.of(0x0c, 0x82, 0x01, 0x90), long]))).toBe('é'.repeat(200));
    expect(utf8String(Buffer.concat([Uint8Array.of(0x0c, 0x81, 0x80), Buffer.alloc(128, 97)]))).toBe('a'.repeat(128));
    for (const bytes of [
      [],
      [0x0c],
      [0x0c, 2, 0x61],
      [0x0c, 1, 0x61, 0x62],
      [0x16, 1, 0x61],
      [0x0c, 0x80],
      [0x0c, 1, 0xff],
    ]) {
      expect(utf8String(Uint8Array.from(bytes))).toBeNull();
    }
    expect(utf8String(Buffer.from('https://token.actions.githubusercontent.com'))).toBeNull();
  });

  it('of a statement are those with a sha256, whatever else it is about', () => {
    const digest = { sha256: 'ab'.repeat(32) };
    const subject = [{ name: 'source', digest: { gitCommit: 'c' } }, { digest }, null, { name: 'x', digest }];
    const bytes = Buffer.from(JSON.stringify({ predicateType: 'p', subject }));
    expect(statementClaims(bytes)).toEqual({
      predicateType: 'p',
      subjects: [
        { name: '', ...digest },
        { name: 'x', ...digest },
      ],
    });
  });

  it('of a statement are read from any bytes without failing', () => {
    const near = fc.anything().map((value) => JSON.stringify({ predicateType: 'p', subject: [value, value] }));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
          near.map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          const claims = statementClaims(bytes);
          return claims === null || claims.subjects.every(({ sha256 }) => typeof sha256 === 'string');
        },
      ),
    );
  });
});
