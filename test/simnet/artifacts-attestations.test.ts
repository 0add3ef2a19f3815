import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { bundleFromJSON } from '@sigstore/bundle';
import { X509Certificate } from '@sigstore/core';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import snappy from 'snappy';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createArtifacts } from '../../simnet/artifacts/index.ts';
import type { Artifacts, Fault } from '../../simnet/types.ts';
import { serve, viewOf } from './artifacts-kit.ts';

type AttestationFault = Extract<Fault, { at: 'attestations' }>['fault'];

interface Entry {
  bundle: object | null;
  bundle_url?: string;
}

interface Answer {
  status: number;
  headers: Headers;
  entries: Entry[];
}

let dataDir: string;
let artifacts: Artifacts;

beforeAll(async () => {
  dataDir = mkdtempSync('/var/tmp/simnet-test-');
  artifacts = await createArtifacts({ dataDir });
});

afterAll(async () => {
  await artifacts.close();
  rmSync(dataDir, { recursive: true, force: true });
});

async function sums(name: string, directory = 'guest-os/update-img'): Promise<Buffer> {
  const release = artifacts.releases.get(name)!;
  await using cdn = await serve(artifacts.hosts, 'download.dfinity.systems', viewOf(release));
  const response = await fetch(`${cdn.url}/ic/${release.commit}/${directory}/SHA256SUMS`);
  expect(response.status).toBe(200);
  return Buffer.from(await response.arrayBuffer());
}

function faults(fault?: AttestationFault): Fault[] {
  return fault ? [{ at: 'attestations', fault }] : [];
}

async function ask(name: string, fault?: AttestationFault, query = ''): Promise<Answer> {
  const digest = createHash('sha256')
    .update(await sums(name))
    .digest('hex');
  const view = viewOf(artifacts.releases.get(name)!, faults(fault));
  await using api = await serve(artifacts.hosts, 'api.github.com', view);
  const response = await fetch(`${api.url}/repos/dfinity/ic/attestations/sha256:${digest}${query}`);
  const body = (await response.json()) as { attestations?: Entry[] };
  return { status: response.status, headers: response.headers, entries: body.attestations ?? [] };
}

interface Verified {
  san: string | undefined;
  /** Claims by the last number of their OID. */
  claims: Record<number, string>;
  subject: { name: string; digest: { sha256: string } };
}

/** What an independent verifier with this trusted root makes of a bundle. */
function verify(bundle: object): Verified {
  const parsed = bundleFromJSON(bundle);
  const root = TrustedRoot.fromJSON(JSON.parse(readFileSync(artifacts.trustedRootPath, 'utf8')));
  const signer = new Verifier(toTrustMaterial(root), {
    tlogThreshold: 1,
    ctlogThreshold: 1,
    timestampThreshold: 1,
  }).verify(toSignedEntity(parsed));
  const { verificationMaterial, dsseEnvelope } = bundle as {
    verificationMaterial: { certificate: { rawBytes: string } };
    dsseEnvelope: { payload: string };
  };
  const certificate = X509Certificate.parse(Buffer.from(verificationMaterial.certificate.rawBytes, 'base64'));
  const claims: Record<number, string> = {};
  for (let number = 8; number <= 22; number++) {
    const value = certificate.extension(`1.3.6.1.4.1.57264.1.${number}`)?.valueObj.subs[0];
    claims[number] = value?.value.toString('utf8') ?? '';
  }
  const statement = JSON.parse(Buffer.from(dsseEnvelope.payload, 'base64').toString()) as {
    subject: [Verified['subject']];
  };
  return { san: signer.identity?.subjectAlternativeName, claims, subject: statement.subject[0] };
}

const RC = 'refs/heads/rc--2026-09-18_03-30';
const WORKFLOWS = 'https://github.com/dfinity/ic/.github/workflows';

test('a release branch is attested by the pipeline of releases, with every claim that GitHub makes', async () => {
  const { commit } = artifacts.releases.get('good')!;
  const { status, entries } = await ask('good');
  expect(status).toBe(200);
  expect(entries).toHaveLength(1);
  const { san, claims, subject } = verify(entries[0]!.bundle!);
  expect(san).toBe(`${WORKFLOWS}/ci-main.yml@${RC}`);
  expect(claims).toMatchObject({
    8: 'https://token.actions.githubusercontent.com',
    9: `${WORKFLOWS}/ci-main.yml@${RC}`,
    12: 'https://github.com/dfinity/ic',
    13: commit,
    14: RC,
    18: `${WORKFLOWS}/release-testing.yml@${RC}`,
    22: 'public',
  });
  expect(subject).toEqual({
    name: `ic/${commit}/guest-os/update-img/SHA256SUMS`,
    digest: {
      sha256: createHash('sha256')
        .update(await sums('good'))
        .digest('hex'),
    },
  });
});

test('a commit of master is attested by the pipeline of master', async () => {
  const { claims } = verify((await ask('on-master')).entries[0]!.bundle!);
  expect(claims[18]).toBe(`${WORKFLOWS}/ci-kickoff.yml@refs/heads/master`);
  expect(claims[14]).toBe('refs/heads/master');
});

test.each([
  ['wrong-workflow', 9, /container-autobuild\.yml/],
  ['wrong-pipeline', 18, /schedule-daily\.yml/],
  ['wrong-repository', 12, /mallory\/ic$/],
  ['wrong-ref', 14, /^refs\/heads\/mallory/],
] as const)('%s: a valid bundle whose claim %i is another', async (fault, claim, expected) => {
  const { entries } = await ask('good', fault);
  expect(entries).toHaveLength(1);
  expect(verify(entries[0]!.bundle!).claims[claim]).toMatch(expected);
});

test('wrong-digest and wrong-subject are valid bundles about another commit', async () => {
  const { commit } = artifacts.releases.get('good')!;
  const digest = verify((await ask('good', 'wrong-digest')).entries[0]!.bundle!);
  expect(digest.claims[13]).not.toBe(commit);
  expect(digest.subject.name).toContain(commit);
  const subject = verify((await ask('good', 'wrong-subject')).entries[0]!.bundle!);
  expect(subject.claims[13]).toBe(commit);
  expect(subject.subject.name).not.toContain(commit);
});

test('split pins: neither of two valid entries satisfies all, though together they would', async () => {
  const { entries } = await ask('good', 'split-pins');
  const [workflow, digest] = entries.map(({ bundle }) => verify(bundle!).claims);
  const { commit } = artifacts.releases.get('good')!;
  expect([workflow![9] === `${WORKFLOWS}/ci-main.yml@${RC}`, workflow![13] === commit]).toEqual([false, true]);
  expect([digest![9] === `${WORKFLOWS}/ci-main.yml@${RC}`, digest![13] === commit]).toEqual([true, false]);
});

test('the good one of three stands on the second page', async () => {
  const first = await ask('good', 'one-of-three-good');
  expect(first.entries).toHaveLength(2);
  const next = new URL(/^<(.+)>; rel="next"$/.exec(first.headers.get('link')!)![1]!);
  expect(next.origin).toBe('https://api.github.com');
  const second = await ask('good', 'one-of-three-good', next.search);
  expect(second.headers.get('link')).toBeNull();
  expect(second.entries).toHaveLength(1);
  expect(verify(second.entries[0]!.bundle!).claims[9]).toBe(`${WORKFLOWS}/ci-main.yml@${RC}`);
});

test('another Sigstore does not verify, and garbage cannot be parsed', async () => {
  const other = (await ask('good', 'other-root')).entries[0]!.bundle!;
  expect(() => verify(other)).toThrow();
  for (const { bundle } of (await ask('good', 'garbage')).entries) expect(() => verify(bundle!)).toThrow();
});

test('bundle_url leads to the same bundle, compressed', async () => {
  const { entries } = await ask('good', 'bundle-url');
  expect(entries[0]!.bundle).toBeNull();
  const url = new URL(entries[0]!.bundle_url!);
  await using blobs = await serve(artifacts.hosts, url.host, viewOf(artifacts.releases.get('good')!));
  const compressed = Buffer.from(await (await fetch(`${blobs.url}${url.pathname}`)).arrayBuffer());
  const bundle = JSON.parse(String(await snappy.uncompress(compressed))) as object;
  expect(verify(bundle).claims[14]).toBe(RC);
});

test.each([
  ['good', 'absent', 404],
  ['good', 'empty', 200],
  ['good', 'down', 503],
  ['good', 'rate-limited', 403],
  ['before-attestations', undefined, 404],
  ['layout-2024-09', undefined, 404],
  ['absent', undefined, 404],
  ['fork-only', undefined, 404],
] as const)('%s with fault %s answers without attestations', async (name, fault, status) => {
  const answer = await ask(name, fault);
  expect(answer.status).toBe(status);
  expect(answer.entries).toEqual([]);
  expect(answer.headers.get('x-ratelimit-remaining')).toBe(fault === 'rate-limited' ? '0' : '59');
});

test('a filter for another predicate type finds nothing', async () => {
  expect((await ask('good', undefined, '?predicate_type=provenance')).entries).toHaveLength(1);
  expect((await ask('good', undefined, '?predicate_type=sbom')).status).toBe(404);
});
