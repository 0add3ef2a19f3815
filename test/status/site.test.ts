import { describe, expect, it } from 'vitest';
import { electionJson, statusJson } from '../../src/domain/overview-json.ts';
import {
  healthSchema,
  notKnownSchema,
  proposalsSchema,
  readySchema,
  statusSchema,
} from '../../src/status/api/status-schema.ts';
import { verdictSchema } from '../../src/status/api/verdict-schema.ts';
import { statusSite } from '../../src/status/site.ts';
import { COMMIT, imageHash } from '../support/evidence.ts';
import { faultsOf } from '../support/schemas.ts';
import { BUILDING_COMMIT, HIDDEN_CHANNEL, IDS } from './filled.ts';
import { freshAnswer, hostileSite, JSONS, PAGES, SECRET } from './site-kit.ts';
import { HARMFUL, strangeIn } from './strange.ts';

const rig = hostileSite();

interface OpenApi {
  readonly info: { readonly title: string };
  readonly servers: readonly object[];
  readonly paths: Readonly<Record<string, { readonly get: { readonly responses: object } }>>;
}
const ANSWERS = {
  status: statusSchema,
  proposals: proposalsSchema,
  verdict: verdictSchema,
  health: healthSchema,
  ready: readySchema,
};
const SCHEMAS = {
  status: /^\/status/,
  proposals: /^\/history/,
  verdict: /\{/,
  health: /^\/healthz/,
  ready: /^\/readyz/,
};

const OTHERS = ['/openapi.json', '/metrics', '/feed.atom', `/badge/${IDS.verified}.svg`, '/icon.svg', '/robots.txt'];
const ALL = [...PAGES, ...JSONS, ...OTHERS];
const json = async (path: string): Promise<Record<string, unknown>> =>
  JSON.parse((await rig.site.ask(path)).text) as Record<string, unknown>;

describe('every answer', () => {
  it.each(ALL)('of %s runs nothing, loads nothing, and stays out of frames', async (path) => {
    const { status, headers, text } = await rig.site.ask(path);
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
    const { text } = await rig.site.ask(path);
    expect(text).not.toContain(HIDDEN_CHANNEL);
    expect(text).not.toMatch(/hooks\.internal|discord:1\d\d|5f2c9a0b1d3e/);
  });

  it('takes out a secret that should not have been there', async () => {
    const { database } = rig.site;
    await database.db
      .insertInto('troubles')
      .values({ key: 'x', sentence: `It said ${SECRET}.`, since_ms: 1 })
      .execute();
    const later = await freshAnswer(rig.site, '/');
    await database.db.deleteFrom('troubles').execute();
    expect(later).toContain('It said [secret].');
    expect(later).not.toContain(SECRET);
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])(
    'to %s is that there is only something to read',
    async (method) => {
      const { status, headers } = await rig.site.ask('/', { method });
      expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    },
  );

  it('to HEAD has the headers and no body', async () => {
    expect(await rig.site.ask('/', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    expect(await rig.site.ask(`/commits/${BUILDING_COMMIT}/live`, { method: 'HEAD' })).toMatchObject({ status: 404 });
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
    expect((await rig.site.ask('/status.json', { host })).status).toBe(status);
  });

  it('fails without telling why, and tells the log', async () => {
    const before = rig.site.failures.length;
    const { source } = rig.site;
    const failed = (error: unknown): void => void rig.site.failures.push(error);
    const broken = statusSite(
      { ...source, status: () => Promise.reject(new Error('/secret/path')) },
      { listenHost: '127.0.0.1', redact: (text) => text, failed },
    );
    const ask = async (path: string) =>
      broken.fetch(new Request(`http://127.0.0.1${path}`, { headers: { Host: '127.0.0.1' } }));
    const answer = await ask('/');
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining('/secret')]);
    expect(rig.site.failures.length).toBe(before + 1);
    const health = await ask('/healthz');
    expect([health.status, await health.json()]).toEqual([503, expect.objectContaining({ ok: false })]);
    expect((await ask('/readyz')).status).toBe(503);
  });
});

describe('a build log', () => {
  it('is plain text in bounded parts, its control characters made plain', async () => {
    const { headers, text } = await rig.site.ask(`/logs/${rig.site.logName}`);
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(text).toMatch(/^\[nns-watch: bytes 0 to (\d+) of \1\]\n\[0\] INFO/);
    expect(text).toContain('<script>alert(1)</script> evil');
    expect(text).not.toMatch(HARMFUL);
    const end = await rig.site.ask(`/logs/${rig.site.logName}?from=-20`);
    expect(end.text).toContain('Done');
    expect(end.text.length).toBeLessThan(120);
    expect((await rig.site.ask(`/logs/${rig.site.logName}?from=x`)).status).toBe(404);
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
    const { source } = rig.site;
    const timeless = (text: string): unknown =>
      JSON.parse(text.replace(/"(?:at|secondsLeft)":(?:"[^"]*"|\d+)/g, '"gone":0'));
    const own = timeless(JSON.stringify(statusJson(await source.status())));
    expect(timeless((await rig.site.ask('/status.json')).text)).toEqual(own);
    const { elections } = await source.history({ outcome: null, kind: null, page: 1 });
    const { schema, proposals } = await json('/history.json');
    expect(schema).toBe('nns-watch/proposals@1');
    expect((proposals as { id: string }[]).map(({ id }) => id)).toEqual(
      elections.map((row) => electionJson(row, 0)['id']),
    );
  });

  it('is as the OpenAPI document says', async () => {
    const { paths, servers, info } = (await json('/openapi.json')) as unknown as OpenApi;
    expect([servers, info.title]).toEqual([[{ url: '/' }], 'nns-watch']);
    const examples = { id: IDS.mismatch, commit: COMMIT, sha256: imageHash('guestos') };
    for (const [path, { get }] of Object.entries(paths)) {
      const asked = path.replace(/\{(\w+)\}/, (_, name: keyof typeof examples) => examples[name]);
      const { status, text } = await rig.site.ask(asked);
      expect([asked, status]).toEqual([asked, 200]);
      expect(Object.keys(get.responses)).toContain('200');
      const [schema] = Object.entries(SCHEMAS).find(([, of]) => of.test(path)) ?? [];
      expect(ANSWERS[schema as keyof typeof ANSWERS].safeParse(JSON.parse(text)).error, asked).toBeUndefined();
    }
    const unknown = await rig.site.ask(`/hashes/${'f'.repeat(64)}.json`);
    expect(notKnownSchema.safeParse(JSON.parse(unknown.text)).success).toBe(true);
  });

  it('holds no log', async () => expect(JSON.stringify(await json('/status.json'))).not.toContain('"tail"'));
});
