import fc from 'fast-check';
import snappy from 'snappy';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { evidenceKey, unavailable, type EvidenceKey, type Observation } from '../../../src/domain/evidence.ts';
import { createAttestationsCollector } from '../../../src/verify/collect/attestations.ts';
import { decodeSnappy } from '../../../src/verify/sigstore/snappy-block.ts';
import { body, inTurn, status, type Answer } from '../../platform/loopback.ts';
import { CLAIMS, createSigstore, mint, type MintedBundle, type Sigstore } from '../sigstore/minted.ts';
import { contextOf, digest, observed, startWeb, type Web } from './web.ts';

const sumsUrl = 'https://download.example.org/SHA256SUMS';
const otherUrl = 'https://mirror.example.org/SHA256SUMS';
const asked = digest('ab');
const api = `api.github.com/repos/dfinity/ic/attestations/sha256:${asked}`;
const blob = 'tmaproduction.blob.core.windows.net/x.json.sn';
const sumsOf = (url: string): [EvidenceKey, Observation<unknown>] => [
  evidenceKey.sums(url),
  observed({ sha256: asked, entries: [], otherLines: 0 }),
];

let web: Web;
let sigstore: Sigstore;
let other: Sigstore;
let good: MintedBundle;
let forged: MintedBundle;
let root: { roots: unknown[]; refreshed: number };

beforeAll(async () => {
  web = await startWeb();
  [sigstore, other] = await Promise.all([createSigstore(), createSigstore()]);
  [good, forged] = await Promise.all([mint(sigstore), mint(other)]);
});
afterAll(() => web.close());
beforeEach(() => {
  web.net.answers.clear();
  web.net.requests.length = 0;
  web.deps.clock.slept.length = 0;
  root = { roots: [sigstore.trustedRoot], refreshed: 0 };
});

const list = (...bundles: unknown[]): Answer =>
  body(JSON.stringify({ attestations: bundles.map((bundle) => ({ bundle, repository_id: 1 })) }));
const byUrl = (...urls: string[]): Answer =>
  body(JSON.stringify({ attestations: urls.map((url) => ({ bundle: null, bundle_url: url })) }));
const collector = (githubToken: string | null = null) =>
  createAttestationsCollector({
    ...web.deps,
    githubToken,
    trustedRoot: {
      current: async () => root.roots[0],
      refresh: async () => {
        root.refreshed += 1;
        return root.roots[1] ?? null;
      },
    },
  });
const look = (token?: string) =>
  collector(token ?? null).collect(evidenceKey.attestations(sumsUrl), contextOf([sumsOf(sumsUrl)]));
const attestations = async (): Promise<unknown> => {
  const observation = await look();
  return observation.status === 'observed' ? observation.value.attestations : observation;
};

describe('the attestations of a SHA256SUMS', () => {
  it('are asked for by the digest of its bytes, verified and kept', async () => {
    web.net.answers.set(api, list(good));
    const observation = await look();
    expect(observation).toMatchObject({
      status: 'observed',
      source: `https://${api}`,
      value: { digest: asked, attestations: [{ status: 'signed', claims: CLAIMS }] },
    });
    expect(JSON.parse(Buffer.from(web.kept.get(observation.file!)!).toString())).toEqual([good]);
    expect(web.net.requests[0]?.url).toContain('per_page=100');
  });

  it('are each told for what they are', async () => {
    web.net.answers.set(api, list(good, forged, { mediaType: 'x' }, 'text', null));
    expect(await attestations()).toEqual([
      { status: 'signed', claims: CLAIMS },
      { status: 'untrusted', code: 'certificate-error' },
      ...Array.from({ length: 3 }, () => ({ status: 'malformed', code: 'bundle-unreadable' })),
    ]);
  });

  it('are none when GitHub knows none, in either way of saying so', async () => {
    web.net.answers.set(api, status(404));
    expect(await attestations()).toEqual([]);
    web.net.answers.set(api, list());
    expect(await attestations()).toEqual([]);
  });

  it('are asked for once a run, however many mirrors serve the same bytes', async () => {
    web.net.answers.set(api, list(good));
    const context = contextOf([sumsOf(sumsUrl), sumsOf(otherUrl)]);
    const one = collector();
    const both = [sumsUrl, otherUrl].map((url) => one.collect(evidenceKey.attestations(url), context));
    expect((await Promise.all(both)).map((observation) => observation.status)).toEqual(['observed', 'observed']);
    expect(web.net.requests).toHaveLength(1);
    await one.collect(evidenceKey.attestations(sumsUrl), contextOf([sumsOf(sumsUrl)]));
    expect(web.net.requests).toHaveLength(2);
  });

  it('are unavailable for the same reason as the sums', async () => {
    const down = unavailable('absent', 'http-404', 'gone', sumsUrl, 0);
    const context = contextOf([[evidenceKey.sums(sumsUrl), down]]);
    const observation = await collector().collect(evidenceKey.attestations(sumsUrl), context);
    expect(observation).toMatchObject({ status: 'unavailable', kind: 'absent', code: 'http-404' });
    expect(web.net.requests).toEqual([]);
  });
});

describe('a long list', () => {
  it('is read page by page', async () => {
    const next = { link: `<https://${api}?after=x>; rel="next", <https://${api}>; rel="last"` };
    web.net.answers.set(api, inTurn(withHeaders(list(forged), next), list(good)));
    expect(await attestations()).toMatchObject([{ status: 'untrusted' }, { status: 'signed' }]);
    expect(web.net.requests[1]?.url).toBe(`https://${api}?after=x`);
  });

  it('is not followed to another host', async () => {
    web.net.answers.set(api, withHeaders(list(good), { link: '<https://evil.example.org/x>; rel="next"' }));
    expect(await look('secret')).toMatchObject({ kind: 'rejected', code: 'next-page-elsewhere' });
    expect(web.net.requests).toHaveLength(1);
  });

  it('is no list when it does not end, or its rest is out of reach', async () => {
    const next = { link: `<https://${api}?after=x>; rel="next"` };
    web.net.answers.set(api, withHeaders(list(good), next));
    expect(await look()).toMatchObject({ kind: 'limit', code: 'too-many-pages' });
    expect(web.net.requests).toHaveLength(5);
    web.net.answers.set(api, inTurn(withHeaders(list(good), next), status(404)));
    expect(await look()).toMatchObject({ status: 'unavailable', code: 'attestations-unreadable' });
  });
});

describe('GitHub’s API', () => {
  it('gets the token, and nobody else does', async () => {
    web.net.answers.set(api, status(302, { location: 'https://evil.example.org/x' }));
    web.net.answers.set('evil.example.org/x', list(good));
    expect(await look('secret')).toMatchObject({ kind: 'rejected', code: 'answered-elsewhere' });
    expect(web.net.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer secret', undefined]);
  });

  it('is asked as everybody may where it does not know the token any more', async () => {
    web.net.answers.set(api, inTurn(status(401), list(good)));
    expect(await look('ran-out')).toMatchObject({ value: { attestations: [{ status: 'signed' }] } });
    expect(web.net.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer ran-out', undefined]);
  });

  it.each([403, 429])('that says %i is not asked again before it wants to be', async (code) => {
    const reset = String(Math.floor(Date.now() / 1000) + 3600);
    web.net.answers.set(api, status(code, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset }));
    expect(await look()).toMatchObject({ kind: 'transport', code: 'rate-limited', retryable: true });
    expect(web.net.requests).toHaveLength(1);
  });

  it('that has trouble of its own, or slows us down for a moment, is asked again, whenever its limit is reset', async () => {
    // GitHub sends these headers with every answer.
    const far = { 'x-ratelimit-remaining': '57', 'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + 3600) };
    for (const code of [500, 502, 403, 429]) {
      web.net.answers.set(api, inTurn(status(code, far), status(code, far), list(good)));
      expect(await attestations()).toEqual([{ status: 'signed', claims: CLAIMS }]);
    }
  });

  it('is asked again after a short rest', async () => {
    web.net.answers.set(api, inTurn(status(429, { 'retry-after': '5' }), status(503), list(good)));
    expect(await attestations()).toMatchObject([{ status: 'signed' }]);
    expect(web.deps.clock.slept[0]).toBeGreaterThanOrEqual(5000);
  });

  it('is unavailable when it stays down, refuses the token or talks nonsense', async () => {
    web.net.answers.set(api, status(503));
    expect(await look()).toMatchObject({ kind: 'transport', code: 'http-503' });
    web.net.answers.set(api, status(401));
    expect(await look()).toMatchObject({ kind: 'rejected', code: 'http-401' });
    for (const nonsense of ['<html>', '[]', '{}', 'null', '{"attestations":{}}']) {
      web.net.answers.set(api, body(nonsense));
      expect(await look()).toMatchObject({ kind: 'malformed', code: 'attestations-unreadable' });
    }
  });

  it('cannot make us throw, whatever it lists', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async (entries) => {
        web.net.answers.set(api, body(JSON.stringify({ attestations: entries })));
        const observation = await look();
        return (
          observation.status === 'observed' && observation.value.attestations.every((a) => a.status === 'malformed')
        );
      }),
      { numRuns: 20 },
    );
  });
});

describe('a bundle that lies elsewhere', () => {
  const serveBlob = async (bundle: unknown): Promise<void> => {
    web.net.answers.set(blob, body(await snappy.compress(JSON.stringify(bundle))));
  };

  it('is fetched, without the token, and verified', async () => {
    web.net.answers.set(api, byUrl(`https://${blob}`));
    await serveBlob(good);
    expect(await look('secret')).toMatchObject({ value: { attestations: [{ status: 'signed', claims: CLAIMS }] } });
    expect(web.net.requests.at(-1)?.headers).not.toHaveProperty('authorization');
  });

  it('is verified, too, where it is not compressed', async () => {
    web.net.answers.set(api, byUrl(`https://${blob}`));
    web.net.answers.set(blob, body(JSON.stringify(good)));
    expect(await look()).toMatchObject({ value: { attestations: [{ status: 'signed' }] } });
  });

  it('that is out of reach leaves the whole list unknown', async () => {
    web.net.answers.set(api, byUrl(`https://${blob}`));
    expect(await look()).toMatchObject({ status: 'unavailable', code: 'http-404' });
  });

  it('is not fetched from an address that is not allowed', async () => {
    web.net.answers.set(api, byUrl('https://127.0.0.1/x'));
    expect(await look()).toMatchObject({ kind: 'rejected', code: 'url-not-allowed' });
  });

  it.each([
    ['no Snappy', Buffer.from('garbage')],
    ['a bomb', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0x00)],
    ['a block that says more than it holds', Uint8Array.of(0x7f, 0x00)],
    ['nothing', new Uint8Array()],
  ])('that is %s is malformed', async (_what, bytes) => {
    web.net.answers.set(api, byUrl(`https://${blob}`));
    web.net.answers.set(blob, body(bytes));
    expect(await attestations()).toEqual([{ status: 'malformed', code: 'bundle-unreadable' }]);
  });

  it('is only decompressed if it says that it is small', async () => {
    const large = await snappy.compress(Buffer.alloc(1001));
    await expect(decodeSnappy(large, 1000)).rejects.toMatchObject({ code: 'snappy-too-large' });
    expect(await decodeSnappy(large, 1001)).toHaveLength(1001);
  });
});

describe('a trusted root', () => {
  it('that is too old is refreshed before anything is called untrusted', async () => {
    root.roots = [other.trustedRoot, sigstore.trustedRoot];
    web.net.answers.set(api, list(good));
    expect(await attestations()).toMatchObject([{ status: 'signed' }]);
    expect(root.refreshed).toBe(1);
  });

  it('that is newer counts for every bundle, also for those that the older one trusted', async () => {
    root.roots = [sigstore.trustedRoot, other.trustedRoot];
    web.net.answers.set(api, list(good, forged));
    expect(await attestations()).toMatchObject([{ status: 'untrusted' }, { status: 'signed' }]);
  });

  it('is not refreshed while everything is in order, and missing a newer one changes nothing', async () => {
    web.net.answers.set(api, list(good));
    await attestations();
    expect(root.refreshed).toBe(0);
    web.net.answers.set(api, list(forged));
    expect(await attestations()).toMatchObject([{ status: 'untrusted' }]);
    expect(root.refreshed).toBe(1);
  });
});

function withHeaders(answer: Answer, headers: Record<string, string>): Answer {
  return (request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    answer(request, response);
  };
}
