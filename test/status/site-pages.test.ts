import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { HOSTILE } from '../notify/hostile.ts';
import { COMMIT, imageHash } from '../support/evidence.ts';
import { BUILDING_COMMIT, IDS } from './filled.ts';
import { freshAnswer, hostileSite } from './site-kit.ts';
import { strangeIn } from './strange.ts';

const rig = hostileSite();

describe('pages', () => {
  const text = async (path: string): Promise<string> => (await rig.site.ask(path)).text;

  it('show the next deadline, what is building, and how the service is', async () => {
    const page = await text('/');
    for (const part of [
      'Next deadline',
      `Proposal ${IDS.mismatch}`,
      'building 62 %',
      '34 min left',
      'webhook',
      'build-host',
    ]) {
      expect(page).toContain(part);
    }
    expect(page).toMatch(/<progress class="bar" max="100" value="62"/);
  });

  it('begin with the worst verdict of an open election, and count them', async () => {
    const page = (await text('/')).replace(/<[^>]+>/g, '');
    expect(page.indexOf('MISMATCH')).toBeLessThan(page.indexOf('Next deadline'));
    expect(page).toMatch(/Open elections: 1 mismatch · (?:\d inconclusive · )?\d without a verdict yet/);
    const rows = [...page.slice(page.indexOf('Open elections', page.indexOf('Next deadline'))).matchAll(/\d{6}/g)];
    expect(rows[0]?.[0]).toBe(IDS.mismatch);
  });

  it('are asked for again only while something goes on, and not where the reader wants rest', async () => {
    const again = /<meta http-equiv="refresh" content="\d+">/;
    for (const path of ['/', `/proposals/${IDS.building}`, `/commits/${BUILDING_COMMIT}`]) {
      expect(await text(path), path).toMatch(again);
      const rests = await text(`${path}?refresh=off`);
      expect(rests, path).not.toMatch(again);
      expect(rests).toContain(`<a href="${path}">Keep this page up to date</a>`);
    }
    for (const path of ['/history', `/proposals/${IDS.verified}`]) expect(await text(path), path).not.toMatch(again);
  });

  it('say what they are about to whoever links to them', async () => {
    const page = await text(`/proposals/${IDS.mismatch}`);
    expect(page).toContain(`<meta property="og:title" content="MISMATCH: proposal ${IDS.mismatch}, HostOS election">`);
    expect(page).toContain(`<meta property="og:description" content="MISMATCH: The HostOS image built`);
  });

  it('name the command that verifies what was over before the service knew it', async () => {
    const pages = [await text('/history?outcome=none'), await text(`/proposals/${IDS.old}`)];
    for (const page of pages) expect(page).toContain(`<code>nns-watch verify ${IDS.old}</code>`);
  });

  it('show both sides of every comparison with their sources, and what was kept', async () => {
    const page = await text(`/proposals/${IDS.verified}`);
    expect(page).toContain('<strong class="word">VERIFIED</strong>');
    const plain = page.replace(/<[^>]+>/g, '');
    const digest = imageHash('guestos');
    expect(plain.split(digest).length - 1).toBeGreaterThan(6);
    for (const part of [
      `Expected by proposal ${IDS.verified}`,
      'Seen at image https://download.dfinity.network/',
      rig.site.logName,
      'console',
      'submitted',
      'EPYC-Turin',
    ]) {
      expect(plain).toContain(part);
    }
  });

  it('show what differs first', async () => {
    const page = await text(`/proposals/${IDS.mismatch}`);
    expect(page).toContain('<strong class="word">MISMATCH</strong>');
    expect(page).toContain('≠ differs');
  });

  it('show which images are kept here, both sides of what differs, and never where', async () => {
    for (const [folder, bytes] of [
      ['local-build-1/hostos', 'built'],
      ['download.dfinity.systems/host-os/update-img', 'published'],
    ] as const) {
      const directory = join(rig.site.config.cacheDir, COMMIT, folder);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, 'update-img.tar.zst'), bytes);
    }
    const page = (await freshAnswer(rig.site, `/proposals/${IDS.mismatch}`)).replace(/<[^>]+>/g, '');
    expect(page).toContain('HostOS: downloaded, 9 bytes; built here, 5 bytes');
    expect(page).toContain(`nns-watch show ${IDS.mismatch} --compare`);
    expect(page).not.toContain(rig.site.config.cacheDir);
  });

  it('show the end of a log that grows, and where to follow it', async () => {
    const page = await text(`/proposals/${IDS.building}`);
    expect(page).toContain('[99] INFO');
    expect(page).toContain(`/commits/${BUILDING_COMMIT}/live`);
  });

  it('tell which verified release a hash is', async () => {
    const page = await text(`/hashes/${imageHash('guestos').toUpperCase()}`);
    expect(page).toContain('<strong class="word">VERIFIED</strong>');
    expect(page).toContain(`of commit ${COMMIT}, proposal ${IDS.verified}`);
    const bad = await text(`/hashes/${imageHash('hostos')}`);
    expect(bad).toContain('CONTRADICTED');
    const kept = await text(`/hashes/${rig.site.logName}`);
    expect(kept).toContain('NO RELEASE');
    expect((await rig.site.ask(`/hashes/${'f'.repeat(64)}`)).status).toBe(404);
  });

  it('filter and turn the history', async () => {
    const [all, verified, none, odd] = [
      await text('/history'),
      await text('/history?outcome=verified'),
      await text('/history?outcome=none'),
      await text('/history?outcome=%3Cscript%3E&kind=x&page=-1'),
    ];
    expect(all).toContain('6 elections');
    expect(verified).toContain('One election');
    expect(verified).toMatch(/<option value="verified" selected>/);
    expect(none).toContain('2 elections');
    expect(odd).toContain('6 elections');
    expect(await text('/history?page=9')).toContain('No election is like this');
    expect(all).toMatch(/<svg class="chart"[^>]* aria-label="Verdicts by month. 4 elections judged/);
  });

  it('find elections by month and by text, whatever signs are in it', async () => {
    const count = async (query: string): Promise<string> =>
      /<h2>(\w+) elections?/.exec(await text(`/history?${query}`))?.[1] ?? '';
    expect(await count(`text=${IDS.verified}`)).toBe('One');
    expect(await count(`text=${COMMIT.slice(0, 12).toUpperCase()}`)).not.toBe('0');
    for (const none of ['%25', '_', '%5C', "'"]) expect(await count(`text=${none}zq`), none).toBe('0');
    const { deadlineAt } = (await rig.site.source.history({ outcome: 'verified', kind: null, page: 1 })).elections[0]!;
    const month = new Date((deadlineAt ?? 0) * 1000).toISOString().slice(0, 7);
    expect(await count(`month=${month}&outcome=verified`)).toBe('One');
    expect(await count('month=x')).toBe('6');
    expect(await count('month=2031-01')).toBe('0');
    expect(await text(`/history?text=${IDS.verified}&month=${month}`)).toContain(
      `/history.json?month=${month}&amp;text=${IDS.verified}`,
    );
  });

  it('find by number, commit and hash', async () => {
    const to = async (q: string): Promise<string | null> =>
      (await rig.site.ask(`/find?q=${encodeURIComponent(q)}`)).headers.get('location');
    expect(await to(` ${IDS.verified} `)).toBe(`/proposals/${IDS.verified}`);
    expect(await to(COMMIT.toUpperCase())).toBe(`/commits/${COMMIT}`);
    expect(await to('A'.repeat(64))).toBe(`/hashes/${'a'.repeat(64)}`);
    expect(await to('//evil.example')).toBeNull();
  });

  it.each([
    '/proposals/0',
    '/proposals/99999999999999999999999',
    '/proposals/HEAD',
    `/commits/${'f'.repeat(40)}`,
    '/proposals/1%2F..',
    `/proposals/${COMMIT}`,
    '/logs/abc',
    `/logs/${'a'.repeat(64)}`,
    '/badge/1.svg',
  ])('know nothing of %s', async (path) => expect((await rig.site.ask(path)).status).toBe(404));

  it.each(HOSTILE.map((hostile) => ({ hostile })))(
    'answer $hostile in the address with no harm',
    async ({ hostile }) => {
      const name = encodeURIComponent(hostile.toWellFormed()).slice(0, 500);
      for (const path of [
        `/proposals/${name}`,
        `/find?q=${name}`,
        `/history?outcome=${name}&page=${name}`,
        `/${name}`,
      ]) {
        const { status, text: answer } = await rig.site.ask(path);
        expect([200, 404, 414]).toContain(status);
        expect(strangeIn(answer)).toEqual([]);
      }
    },
  );
});
