import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import snappy from 'snappy';
import { expect } from 'vitest';
import { evidenceKey, type Attestation } from '../../../src/domain/evidence.ts';
import type { Http } from '../../../src/platform/http.ts';
import { createAttestationsCollector } from '../../../src/verify/collect/attestations.ts';
import { parseDashboard } from '../../../src/verify/collect/dashboard.ts';
import { parseSums } from '../../../src/verify/collect/sums.ts';
import { parseMeasurementsFile } from '../../../src/verify/measurements-file.ts';
import {
  imageHash,
  key,
  MEASUREMENTS,
  MEASUREMENTS_SHA,
  PROPOSAL_ID,
  seen,
  sha,
  sumsOf,
  url,
} from '../../support/evidence.ts';
import { World } from '../../support/world.ts';
import { contextOf } from '../../verify/collect/web.ts';
import { CLAIMS } from '../../verify/sigstore/minted.ts';
import { memoryBlobs } from '../../watcher/kit.ts';
import { text, type Target } from '../target.ts';

const MIRRORS = ['systems', 'network'] as const;

/** A digest in either case, blanks, and a name that `find` may have written. */
const lineOf = (name: string): string => `^([0-9a-fA-F]{64})[ \\t]+[*]?(?:[.]/)?${name}[ \\t]*$`;

/** The sums as both mirrors serve them: verified only if one line for each file gives its digest. */
const sums: Target = {
  name: 'sums',
  runs: 400,
  run: (bytes) => {
    const world = new World();
    // With what the signatures say out of the way, since they name the digest of the file.
    for (const mirror of MIRRORS) {
      const at = url('guestos', 'checksums', mirror);
      world.set(key.sums(at), seen({ ...parseSums(bytes), sha256: sumsOf('guestos').sha256 }));
    }
    if (world.verdict().outcome !== 'verified') return;
    const lines = text(bytes).split(/\r?\n/);
    const digestsOf = (name: string): Set<string> =>
      new Set(lines.flatMap((line) => new RegExp(lineOf(name)).exec(line)?.[1]?.toLowerCase() ?? []));
    expect(digestsOf('update-img\\.tar\\.zst')).toEqual(new Set([imageHash('guestos')]));
    expect(digestsOf('launch-measurements\\.json')).toEqual(new Set([MEASUREMENTS_SHA]));
  },
};

/** The file as both mirrors serve it, with a digest as if nobody had noticed. */
const measurements: Target = {
  name: 'measurements',
  runs: 400,
  run: (bytes) => {
    const world = new World();
    const value = { sha256: MEASUREMENTS_SHA, bytes: bytes.length, entries: parseMeasurementsFile(bytes) };
    for (const mirror of MIRRORS) world.set(key.measurements(url('guestos', 'measurements', mirror)), seen(value));
    const verdict = value.entries === null ? null : world.verdict();
    if (verdict?.outcome !== 'verified') return;
    const told = JSON.parse(text(bytes)) as {
      guest_launch_measurements: { measurement: number[]; metadata?: Record<string, unknown> | null }[];
    };
    const plain = told.guest_launch_measurements.map(({ measurement, metadata }) => {
      const [cmdline, vcpu] = ['kernel_cmdline', 'vcpu_type'].map((name) => metadata?.[name] ?? null);
      return { measurement: Buffer.from(measurement).toString('hex'), cmdline, vcpu };
    });
    const digests = (all: readonly { measurement: string }[]) => all.map(({ measurement }) => measurement).sort();
    expect(digests(plain)).toEqual(digests(MEASUREMENTS));
    for (const { measurement, cmdline } of plain.filter((one) => one.cmdline !== null)) {
      expect(MEASUREMENTS.filter((one) => one.measurement === measurement).map((one) => one.kernelCmdline)).toContain(
        cmdline,
      );
    }
    // What a side does not say is no contradiction, and is told.
    const absent = plain.some(({ cmdline, vcpu }) => cmdline === null || vcpu === null);
    expect(verdict.findings.some(({ id }) => id === 'measurements-match/metadata-absent')).toBe(absent);
  },
};

/** Advice: it may add findings, and can neither make nor unmake a verdict. */
const dashboard: Target = {
  name: 'dashboard',
  runs: 400,
  run: (bytes) => {
    const value = parseDashboard(bytes);
    if (value !== null) {
      const verdict = new World().set(key.dashboard(PROPOSAL_ID), seen(value)).verdict();
      expect(verdict).toMatchObject({ outcome: 'verified', reason: null, confirmed: null });
    }
  },
};

const API = 'https://api.github.com/';
const root = JSON.parse(readFileSync(join(import.meta.dirname, '../trusted-root.json'), 'utf8')) as unknown;

/** One answer for GitHub's list, another for wherever the list says that a bundle lies. */
function collectorOf(list: Uint8Array, block: Uint8Array) {
  const request: Http['request'] = async ({ url: asked }) => {
    const body = asked.startsWith(API) ? list : block;
    return { status: 200, url: asked, headers: {}, delimited: true, body };
  };
  const http = { request } as Http;
  const clock = { now: () => 0, sleep: async () => undefined };
  const trustedRoot = { current: async () => root, refresh: async () => null };
  return createAttestationsCollector({
    http,
    clock,
    random: () => 0.5,
    blobs: memoryBlobs(),
    githubToken: null,
    stallTimeoutMs: 60_000,
    trustedRoot,
  });
}

async function expectNothingForged(list: Uint8Array, block: Uint8Array): Promise<void> {
  const at = evidenceKey.sums('https://download.example.org/SHA256SUMS');
  const context = contextOf([[at, seen({ sha256: sha('sums'), entries: [], otherLines: 0 })]]);
  const look = await collectorOf(list, block).collect(evidenceKey.attestations(at.subject), context);
  if (look.status === 'unavailable') expect(look.kind).not.toBe('bug');
  const all: readonly Attestation[] = look.status === 'observed' ? look.value.attestations : [];
  for (const one of all) if (one.status === 'signed') expect(one.claims).toEqual(CLAIMS);
}

const attestations: Target = {
  name: 'attestations',
  runs: 80,
  run: (bytes) => expectNothingForged(bytes, new Uint8Array()),
};

const byUrl = Buffer.from(
  JSON.stringify({ attestations: [{ bundle: null, bundle_url: 'https://blob.example.org/a' }] }),
);
/** What lies compressed where GitHub points to: the mutations are of the block, and then of what it holds. */
const block: Target = {
  name: 'bundle-block',
  runs: 80,
  run: async (bytes) => {
    await expectNothingForged(byUrl, bytes);
    await expectNothingForged(byUrl, await snappy.compress(Buffer.from(bytes)));
  },
};

export const publishedTargets: readonly Target[] = [sums, measurements, dashboard, attestations, block];
