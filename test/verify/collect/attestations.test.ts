import snappy from 'snappy';
import { describe, expect, it } from 'vitest';
import { evidenceKey, unavailable } from '../../../src/domain/evidence.ts';
import { decodeSnappy } from '../../../src/verify/sigstore/snappy-block.ts';
import { body, inTurn, status, type Answer } from '../../platform/loopback.ts';
import { CLAIMS } from '../sigstore/minted.ts';
import { contextOf } from './web.ts';
import { AttestationsRig, api, asked, list, sumsOf, sumsUrl } from './attestations-kit.ts';

const rig = new AttestationsRig();
const { attestations, collector, look } = rig;
const otherUrl = 'https://mirror.example.org/SHA256SUMS';
const blob = 'tmaproduction.blob.core.windows.net/x.json.sn';
const byUrl = (...urls: string[]): Answer =>
  body(JSON.stringify({ attestations: urls.map((url) => ({ bundle: null, bundle_url: url })) }));

describe('the attestations of a SHA256SUMS', () => {
  it('are asked for by the digest of its bytes, verified and kept', async () => {
    rig.web.net.answers.set(api, list(rig.good));
    const observation = await look();
    expect(observation).toMatchObject({
      status: 'observed',
      source: `https://${api}`,
      value: { digest: asked, attestations: [{ status: 'signed', claims: CLAIMS }] },
    });
    expect(JSON.parse(Buffer.from(rig.web.kept.get(observation.file!)!).toString())).toEqual([rig.good]);
    expect(rig.web.net.requests[0]?.url).toContain('per_page=100');
  });

  it('are each told for what they are', async () => {
    rig.web.net.answers.set(api, list(rig.good, rig.forged, { mediaType: 'x' }, 'text', null));
    expect(await attestations()).toEqual([
      { status: 'signed', claims: CLAIMS },
      { status: 'untrusted', code: 'certificate-error' },
      ...Array.from({ length: 3 }, () => ({ status: 'malformed', code: 'bundle-unreadable' })),
    ]);
  });

  it('are none when GitHub knows none, in either way of saying so', async () => {
    rig.web.net.answers.set(api, status(404));
    expect(await attestations()).toEqual([]);
    rig.web.net.answers.set(api, list());
    expect(await attestations()).toEqual([]);
  });

  it('are asked for once a run, however many mirrors serve the same bytes', async () => {
    rig.web.net.answers.set(api, list(rig.good));
    const context = contextOf([sumsOf(sumsUrl), sumsOf(otherUrl)]);
    const one = collector();
    const both = [sumsUrl, otherUrl].map((url) => one.collect(evidenceKey.attestations(url), context));
    expect((await Promise.all(both)).map((observation) => observation.status)).toEqual(['observed', 'observed']);
    expect(rig.web.net.requests).toHaveLength(1);
    await one.collect(evidenceKey.attestations(sumsUrl), contextOf([sumsOf(sumsUrl)]));
    expect(rig.web.net.requests).toHaveLength(2);
  });

  it('are unavailable for the same reason as the sums', async () => {
    const down = unavailable('absent', 'http-404', 'gone', sumsUrl, 0);
    const context = contextOf([[evidenceKey.sums(sumsUrl), down]]);
    const observation = await collector().collect(evidenceKey.attestations(sumsUrl), context);
    expect(observation).toMatchObject({ status: 'unavailable', kind: 'absent', code: 'http-404' });
    expect(rig.web.net.requests).toEqual([]);
  });
});

describe('a bundle that lies elsewhere', () => {
  const serveBlob = async (bundle: unknown): Promise<void> => {
    rig.web.net.answers.set(blob, body(await snappy.compress(JSON.stringify(bundle))));
  };

  it('is fetched, without the token, and verified', async () => {
    rig.web.net.answers.set(api, byUrl(`https://${blob}`));
    await serveBlob(rig.good);
    expect(await look('secret')).toMatchObject({ value: { attestations: [{ status: 'signed', claims: CLAIMS }] } });
    expect(rig.web.net.requests.at(-1)?.headers).not.toHaveProperty('authorization');
  });

  it('is verified, too, where it is not compressed', async () => {
    rig.web.net.answers.set(api, byUrl(`https://${blob}`));
    rig.web.net.answers.set(blob, body(JSON.stringify(rig.good)));
    expect(await look()).toMatchObject({ value: { attestations: [{ status: 'signed' }] } });
  });

  it('that is out of reach leaves the whole list unknown', async () => {
    rig.web.net.answers.set(api, byUrl(`https://${blob}`));
    expect(await look()).toMatchObject({ status: 'unavailable', code: 'http-404' });
  });

  it.each([403, 404, 410])('whose address ran out (%i) is asked for anew by the list', async (code) => {
    await serveBlob(rig.good);
    const gone = 'tmaproduction.blob.core.windows.net/gone.json.sn';
    rig.web.net.answers.set(gone, status(code));
    rig.web.net.answers.set(api, inTurn(byUrl(`https://${gone}`), byUrl(`https://${blob}`)));
    const observation = await look();
    expect(observation).toMatchObject({ value: { attestations: [{ status: 'signed' }] } });
    expect(observation).not.toMatchObject({ value: { unread: expect.anything() as unknown } });
  });

  it('that is out of reach hides no other, and is told', async () => {
    await serveBlob(rig.good);
    rig.web.net.answers.set('tmaproduction.blob.core.windows.net/away.json.sn', status(404));
    rig.web.net.answers.set(api, byUrl('https://tmaproduction.blob.core.windows.net/away.json.sn', `https://${blob}`));
    expect(await look()).toMatchObject({
      value: { attestations: [{ status: 'signed' }], unread: [expect.stringContaining('http-404')] },
    });
  });

  it('is not fetched from an address that is not allowed', async () => {
    rig.web.net.answers.set(api, byUrl('https://127.0.0.1/x'));
    expect(await look()).toMatchObject({ kind: 'rejected', code: 'url-not-allowed' });
  });

  it.each([
    ['no Snappy', Buffer.from('garbage')],
    ['a bomb', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0x00)],
    ['a block that says more than it holds', Uint8Array.of(0x7f, 0x00)],
    ['nothing', new Uint8Array()],
  ])('that is %s is malformed', async (_what, bytes) => {
    rig.web.net.answers.set(api, byUrl(`https://${blob}`));
    rig.web.net.answers.set(blob, body(bytes));
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
    rig.root.roots = [rig.other.trustedRoot, rig.sigstore.trustedRoot];
    rig.web.net.answers.set(api, list(rig.good));
    expect(await attestations()).toMatchObject([{ status: 'signed' }]);
    expect(rig.root.refreshed).toBe(1);
  });

  it('that is newer counts for every bundle, also for those that the older one trusted', async () => {
    rig.root.roots = [rig.sigstore.trustedRoot, rig.other.trustedRoot];
    rig.web.net.answers.set(api, list(rig.good, rig.forged));
    expect(await attestations()).toMatchObject([{ status: 'untrusted' }, { status: 'signed' }]);
  });

  it('that could not be refreshed is named: it is ours', async () => {
    rig.root.roots = [rig.other.trustedRoot, new Error('no way to the update server')];
    rig.web.net.answers.set(api, list(rig.good));
    expect(await look()).toMatchObject({
      value: { attestations: [{ status: 'untrusted' }], rootNotRefreshed: 'no way to the update server' },
    });
  });

  it('is not refreshed while everything is in order, and missing a newer one changes nothing', async () => {
    rig.web.net.answers.set(api, list(rig.good));
    await attestations();
    expect(rig.root.refreshed).toBe(0);
    rig.web.net.answers.set(api, list(rig.forged));
    expect(await attestations()).toMatchObject([{ status: 'untrusted' }]);
    expect(rig.root.refreshed).toBe(1);
  });
});
