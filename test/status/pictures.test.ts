import { describe, expect, it } from 'vitest';
import { verdictPicture, type PictureFacts } from '../../src/domain/verdict-picture.ts';
import { pngOf } from '../../src/platform/png.ts';
import { Pictures } from '../../src/status/pictures.ts';
import { statusSite } from '../../src/status/site.ts';
import { HOSTILE } from '../notify/hostile.ts';
import { IDS } from './filled.ts';
import { hostileSite } from './site-kit.ts';

const rig = hostileSite();

const facts: PictureFacts = {
  network: 'mainnet',
  id: '143816',
  kind: 'GuestOS election',
  title: 'Elect new IC/GuestOS revision',
  verdict: { outcome: 'verified', confirmed: null, headline: 'VERIFIED: GuestOS is what its public source says.' },
  packageSha256: 'a'.repeat(64),
};

/** Width and height of a PNG (ISO/IEC 15948, 11.2.2). */
function sizeOf(png: Uint8Array): readonly [number, number] {
  const view = new DataView(png.buffer, png.byteOffset);
  expect(Buffer.from(png.subarray(1, 4)).toString()).toBe('PNG');
  return [view.getUint32(16), view.getUint32(20)];
}

describe('the picture of a verdict', () => {
  it('is drawn of the verdict, with fonts that come with the program', async () => {
    const [good, bad] = await Promise.all([
      pngOf(verdictPicture(facts)),
      pngOf(verdictPicture({ ...facts, verdict: null })),
    ]);
    expect(sizeOf(good)).toEqual([1200, 630]);
    expect(good.length).toBeGreaterThan(bad.length);
    expect(verdictPicture({ ...facts, network: 'NOT MAINNET: IC_ROOT_KEY' })).toContain('>NOT MAINNET<');
  });

  it.each(HOSTILE.map((text) => ({ text })))(
    'shows the hostile text $text as text, within its lines',
    async ({ text }) => {
      const verdict = { outcome: 'inconclusive', confirmed: null, headline: text } as const;
      const svg = verdictPicture({ ...facts, title: text, kind: text, verdict, packageSha256: text });
      const tags = [...svg.matchAll(/<(\w+)/g)].map(([, tag]) => tag);
      expect(new Set(tags)).toEqual(new Set(['svg', 'rect', 'text']));
      expect(svg.length).toBeLessThan(6000);
      expect(svg.match(/<text/g)!.length).toBeLessThanOrEqual(10);
      expect(svg).not.toMatch(/href|url\(|<!|&(?!amp;|lt;|gt;|quot;|#39;)/);
      expect(sizeOf(await pngOf(svg))).toEqual([1200, 630]);
    },
  );

  it('is answered beside a proposal, and named by its page where the page has a public address', async () => {
    const { site } = rig;
    const source = { ...site.source, publicUrl: 'https://watch.example.org' };
    const open = statusSite(source, { listenHost: '127.0.0.1', redact: (text) => text, failed: () => undefined });
    const ask = (path: string) =>
      open.fetch(new Request(`http://127.0.0.1${path}`, { headers: { Host: '127.0.0.1' } }));
    const page = await (await ask(`/proposals/${IDS.mismatch}`)).text();
    const [, image = ''] = /property="og:image" content="https:\/\/watch\.example\.org([^"]+)"/.exec(page) ?? [];
    const answer = await ask(image);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'image/png']);
    expect(sizeOf(new Uint8Array(await answer.arrayBuffer()))).toEqual([1200, 630]);
    expect((await ask('/proposals/1.png')).status).toBe(404);
    expect((await site.ask(`/proposals/${IDS.mismatch}`)).text).not.toContain('og:image');
  });

  it('that cannot be drawn is named once, and costs no page anything', async () => {
    const failures: unknown[] = [];
    const source = { ...rig.site.source, publicUrl: 'https://watch.example.org' };
    const failed = (error: unknown): void => void failures.push(error);
    const draw = (): Promise<never> => Promise.reject(new Error('no such part'));
    const open = statusSite(source, { listenHost: '127.0.0.1', redact: (text) => text, failed, draw });
    const ask = async (path: string) => {
      const answer = await open.fetch(new Request(`http://127.0.0.1${path}`, { headers: { Host: '127.0.0.1' } }));
      return { status: answer.status, text: await answer.text() };
    };
    const png = `/proposals/${IDS.mismatch}.png`;
    expect([(await ask(png)).status, (await ask(png)).status]).toEqual([503, 503]);
    expect(failures).toEqual([new Error('no such part')]);
    const page = await ask(`/proposals/${IDS.mismatch}`);
    expect([page.status, page.text.includes('MISMATCH'), page.text.includes('og:image')]).toEqual([200, true, false]);
  });

  it('are drawn one at a time, however many are asked for', async () => {
    let [now, most] = [0, 0];
    const draw = async (): Promise<Uint8Array<ArrayBuffer>> => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((done) => setImmediate(done));
      now -= 1;
      return Uint8Array.of(1);
    };
    const pictures = new Pictures(() => undefined, draw);
    await Promise.all(['a', 'b', 'c', 'd'].map((svg) => pictures.of(svg)));
    expect([now, most]).toEqual([0, 1]);
  });

  it('is drawn once for all who ask, and drawn again where it failed', async () => {
    let drawn = 0;
    const pictures = new Pictures(
      () => undefined,
      async () => {
        drawn += 1;
        if (drawn === 1) throw new Error('not now');
        return Uint8Array.of(drawn);
      },
    );
    expect(await pictures.of('a')).toBeNull();
    expect(pictures.areBroken).toBe(true);
    const both = await Promise.all([pictures.of('a'), pictures.of('a')]);
    expect([...both.map((one) => one?.[0]), pictures.areBroken]).toEqual([2, 2, false]);
    for (let at = 0; at < 30; at += 1) await pictures.of(String(at));
    await pictures.of('a');
    expect(drawn).toBe(33);
  });
});
