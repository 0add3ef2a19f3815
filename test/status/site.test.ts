import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageSourceOf } from '../../src/app/page-source.ts';
import { electionJson, statusJson } from '../../src/domain/overview-json.ts';
import { redactor } from '../../src/platform/redact.ts';
import { statusSite } from '../../src/status/site.ts';
import { HOSTILE } from '../notify/hostile.ts';
import { COMMIT, imageHash } from '../support/evidence.ts';
import { faultsOf } from '../support/schemas.ts';
import { BUILDING_COMMIT, HIDDEN_CHANNEL, IDS, NOTIFIERS } from './filled.ts';
import { openSite, type OpenSite } from './kit.ts';

/** Controls, and characters that show nothing or reorder what is around them. */
const HARMFUL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;
const TAG = /<(\/?[a-z][a-z0-9]*|!doctype)((?:\s+[a-zA-Z0-9:-]+(?:="[^"<>]*")?)*)\s*\/?>/g;
const TAGS = new Set(
  '!doctype html head meta title link style body div a header nav form input button main section p h1 h2 h3 ul ol li dl dt dd table thead tbody tr th td span strong em b i br code details summary time progress footer figure figcaption svg path line rect text g clippath label select option'.split(
    ' ',
  ),
);
const ATTRIBUTES = new Set(
  'html lang charset name content rel href type title class id role action method maxlength required placeholder aria-label aria-hidden aria-current tabindex scope colspan datetime data-label max value selected viewbox d fill stroke stroke-width stroke-dasharray x y x1 y1 x2 y2 rx width height text-anchor'.split(
    ' ',
  ),
);

/** Tags and attributes that no page of ours has, addresses that are not ours or of the four places we link, and what is left of “<”. */
function strangeIn(page: string): string[] {
  if (!page.startsWith('<!doctype html>')) return [];
  const strange: string[] = [];
  const rest = page.replace(/<style>[^<]*<\/style>/, '').replace(TAG, (_tag, name: string, attributes: string) => {
    if (!TAGS.has(name.replace('/', '').toLowerCase())) strange.push(name);
    for (const [, attribute = '', value = ''] of attributes.matchAll(/([a-zA-Z0-9:-]+)(?:="([^"]*)")?/g)) {
      if (!ATTRIBUTES.has(attribute.toLowerCase())) strange.push(attribute);
      const ours =
        /^(?:[/#](?!\/)|https:\/\/(?:nns\.ic0\.app|dashboard\.internetcomputer\.org|github\.com\/dfinity)\/)/;
      if ((attribute === 'href' || attribute === 'action') && !ours.test(value)) strange.push(value);
    }
    return '';
  });
  return [...strange, ...(rest.match(/<.{0,20}/g) ?? [])];
}

const SECRET = 'sup3r-secret-token';

let site: OpenSite;
beforeAll(
  async () => void (site = await openSite({ hostileTitle: HOSTILE.join(' ').slice(0, 3000), secrets: [SECRET] })),
  60_000,
);
afterAll(() => site.close());

const PAGES = [
  '/',
  '/history',
  '/history?outcome=verified&kind=elect-guestos',
  ...Object.values(IDS).map((id) => `/proposals/${id}`),
  `/commits/${COMMIT}`,
  `/commits/${BUILDING_COMMIT}`,
  `/hashes/${imageHash('guestos')}`,
  '/nothing/here',
];
const JSONS = [
  '/status.json',
  '/history.json',
  `/proposals/${IDS.verified}.json`,
  `/commits/${COMMIT}.json`,
  '/healthz',
  '/readyz',
];
const OTHERS = ['/metrics', '/feed.atom', `/badge/${IDS.verified}.svg`, '/icon.svg', '/robots.txt'];
const ALL = [...PAGES, ...JSONS, ...OTHERS];
const json = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse((await site.ask(path)).text) as Record<string, unknown>;

describe('every answer', () => {
  it.each(ALL)('of %s runs nothing, loads nothing, and stays out of frames', async (path) => {
    const { status, headers, text } = await site.ask(path);
    expect(status).toBe(path === '/nothing/here' ? 404 : 200);
    const policy = headers.get('content-security-policy') ?? '';
    expect(policy).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'; /);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(strangeIn(text)).toEqual([]);
    expect(text).not.toMatch(HARMFUL);
    expect(text.length).toBeLessThan(500_000);
  });

  it.each(ALL)('of %s names no channel’s id and no secret', async (path) => {
    const { text } = await site.ask(path);
    expect(text).not.toContain(HIDDEN_CHANNEL);
    expect(text).not.toMatch(/hooks\.internal|discord:1\d\d|5f2c9a0b1d3e/);
  });

  it('takes out a secret that should not have been there', async () => {
    const { database } = site;
    await database.db
      .insertInto('troubles')
      .values({ key: 'x', sentence: `It said ${SECRET}.`, since_ms: 1 })
      .execute();
    const later = await freshAnswer('/');
    await database.db.deleteFrom('troubles').execute();
    expect(later).toContain('It said [secret].');
    expect(later).not.toContain(SECRET);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
    'to %s is that there is only something to read',
    async (method) => {
      const { status, headers } = await site.ask('/', { method });
      expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    },
  );

  it('to HEAD has the headers and no body', async () => {
    expect(await site.ask('/', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    expect(await site.ask(`/commits/${BUILDING_COMMIT}/live`, { method: 'HEAD' })).toMatchObject({ status: 404 });
  });

  it.each([
    ['127.0.0.1:8180', 200],
    ['localhost', 200],
    ['[::1]:8180', 200],
    ['evil.example', 421],
    ['evil.example:8180', 421],
    ['127.0.0.1.evil.example', 421],
    ['localhost.evil.example', 421],
    ['10.0.0.1', 421],
    ['', 421],
    ['a@127.0.0.1', 421],
  ])('to the host %j is %i', async (host, status) => {
    expect((await site.ask('/status.json', { host })).status).toBe(status);
  });

  it('fails without telling why, and tells the log', async () => {
    const before = site.failures.length;
    const { source } = site;
    const failed = (error: unknown): void => void site.failures.push(error);
    const broken = statusSite(
      { ...source, status: () => Promise.reject(new Error('/secret/path')) },
      { listenHost: '127.0.0.1', redact: (text) => text, failed },
    );
    const ask = async (path: string) =>
      broken.fetch(new Request(`http://127.0.0.1${path}`, { headers: { Host: '127.0.0.1' } }));
    const answer = await ask('/');
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining('/secret')]);
    expect(site.failures.length).toBe(before + 1);
    const health = await ask('/healthz');
    expect([health.status, await health.json()]).toEqual([503, expect.objectContaining({ ok: false })]);
    expect((await ask('/readyz')).status).toBe(503);
  });
});

/** Of a source that remembers no answer. */
async function freshAnswer(path: string): Promise<string> {
  const source = pageSourceOf(site.database, site.config, NOTIFIERS);
  const fresh = statusSite(source, { listenHost: '127.0.0.1', redact: redactor([SECRET]), failed: () => undefined });
  return (await fresh.fetch(new Request(`http://127.0.0.1${path}`, { headers: { Host: '127.0.0.1' } }))).text();
}

describe('pages', () => {
  const text = async (path: string): Promise<string> => (await site.ask(path)).text;

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

  it('show both sides of every comparison with their sources, and what was kept', async () => {
    const page = await text(`/proposals/${IDS.verified}`);
    expect(page).toContain('<strong class="word">VERIFIED</strong>');
    const plain = page.replace(/<[^>]+>/g, '');
    const digest = imageHash('guestos');
    expect(plain.split(digest).length - 1).toBeGreaterThan(6);
    for (const part of [
      `Expected by proposal ${IDS.verified}`,
      'Seen at image https://download.dfinity.network/',
      site.logName,
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
      const directory = join(site.config.cacheDir, COMMIT, folder);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, 'update-img.tar.zst'), bytes);
    }
    const page = (await freshAnswer(`/proposals/${IDS.mismatch}`)).replace(/<[^>]+>/g, '');
    expect(page).toContain('HostOS: downloaded, 9 bytes; built here, 5 bytes');
    expect(page).toContain(`nns-watch show ${IDS.mismatch} --compare`);
    expect(page).not.toContain(site.config.cacheDir);
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
    expect(bad).toContain('NOT VERIFIED: MISMATCH');
    const kept = await text(`/hashes/${site.logName}`);
    expect(kept).toContain('NO RELEASE');
    expect((await site.ask(`/hashes/${'f'.repeat(64)}`)).status).toBe(404);
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

  it('find by number, commit and hash', async () => {
    const to = async (q: string): Promise<string | null> =>
      (await site.ask(`/find?q=${encodeURIComponent(q)}`)).headers.get('location');
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
  ])('know nothing of %s', async (path) => expect((await site.ask(path)).status).toBe(404));

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
        const { status, text: answer } = await site.ask(path);
        expect([200, 404, 414]).toContain(status);
        expect(strangeIn(answer)).toEqual([]);
      }
    },
  );
});

describe('a build log', () => {
  it('is plain text in bounded parts, its control characters made plain', async () => {
    const { headers, text } = await site.ask(`/logs/${site.logName}`);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(text).toMatch(/^\[nns-watch: bytes 0 to (\d+) of \1\]\n\[0\] INFO/);
    expect(text).toContain('<script>alert(1)</script> evil');
    expect(text).not.toMatch(HARMFUL);
    const end = await site.ask(`/logs/${site.logName}?from=-20`);
    expect(end.text).toContain('Done');
    expect(end.text.length).toBeLessThan(120);
    expect((await site.ask(`/logs/${site.logName}?from=x`)).status).toBe(404);
  });
});

describe('JSON', () => {
  it('is nns-watch/verdict@1 beside a proposal, a commit and a hash', async () => {
    for (const path of [
      `/proposals/${IDS.verified}.json`,
      `/proposals/${IDS.mismatch}.json`,
      `/proposals/${IDS.building}.json`,
      `/commits/${COMMIT}.json`,
      `/hashes/${imageHash('guestos')}.json`,
    ]) {
      expect(faultsOf('verdict', await json(path)), path).toEqual([]);
    }
  });

  it('is what the commands give of the service and of elections', async () => {
    const { source } = site;
    const timeless = (text: string): unknown =>
      JSON.parse(text.replace(/"(?:at|secondsLeft)":(?:"[^"]*"|\d+)/g, '"gone":0'));
    const own = timeless(JSON.stringify(statusJson(await source.status())));
    expect(timeless((await site.ask('/status.json')).text)).toEqual(own);
    const { elections } = await source.history({ outcome: null, kind: null, page: 1 });
    const { schema, proposals } = await json('/history.json');
    expect(schema).toBe('nns-watch/proposals@1');
    expect((proposals as { id: string }[]).map(({ id }) => id)).toEqual(
      elections.map((row) => electionJson(row, 0)['id']),
    );
  });

  it('holds no log', async () => expect(JSON.stringify(await json('/status.json'))).not.toContain('"tail"'));
});

describe('another network than mainnet', () => {
  let other: OpenSite;
  beforeAll(
    async () => void (other = await openSite({ env: { GOVERNANCE_CANISTER_ID: 'ryjl3-tyaaa-aaaaa-aaaba-cai' } })),
    60_000,
  );
  afterAll(() => other.close());

  it.each(PAGES)('is named before all else by %s', async (path) => {
    const { text } = await other.ask(path);
    expect(text).toMatch(/<title>NOT MAINNET · /);
    const seen = text
      .slice(text.indexOf('<body>') + 6)
      .replace(/<[^>]+>/g, '')
      .trim();
    expect(seen).toMatch(/^NOT MAINNET: GOVERNANCE_CANISTER_ID/);
  });

  it.each(JSONS)('is named by %s', async (path) => {
    const { network, verdict } = JSON.parse((await other.ask(path)).text) as {
      network: string;
      verdict?: { headline: string };
    };
    expect(network).toBe('NOT MAINNET: GOVERNANCE_CANISTER_ID');
    if (verdict) expect(verdict.headline).toMatch(/^NOT MAINNET/);
  });

  it('is named by feed, badge, log and metrics', async () => {
    expect((await other.ask('/feed.atom')).text).toMatch(
      /<title>NOT MAINNET[^<]*<\/title>[\s\S]*<entry>\s*<title[^>]*>(?:<!\[CDATA\[)?NOT MAINNET/,
    );
    expect((await other.ask(`/badge/${IDS.verified}.svg`)).text).toContain('aria-label="NOT MAINNET');
    expect((await other.ask(`/logs/${other.logName}`)).text).toMatch(/^NOT MAINNET/);
    expect((await other.ask('/metrics')).text).toMatch(/build_info\{[^}]*network="NOT MAINNET"/);
  });
});
