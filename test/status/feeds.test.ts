import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createCanaries } from '../../src/store/canaries.ts';
import { HOSTILE } from '../notify/hostile.ts';
import { IDS } from './filled.ts';
import { openSite, type OpenSite } from './kit.ts';

let site: OpenSite;
beforeAll(
  async () =>
    void (site = await openSite({
      hostileTitle: `${HOSTILE.join(' ')} ]]> <b>`.slice(-2000),
      env: { STATUS_PUBLIC_URL: 'https://status.example.org/' },
    })),
  60_000,
);
afterAll(() => site.close());
const text = async (path: string): Promise<string> => (await site.ask(path)).text;

describe('the Atom feed', () => {
  const elements = (xml: string, name: string): string[] =>
    [...xml.matchAll(new RegExp(`<${name}[^>]*>([\\s\\S]*?)</${name}>`, 'g'))].map(([, inner = '']) => inner.trim());

  it('has what RFC 4287 wants of a feed and of each entry', async () => {
    const { headers, text: xml } = await site.ask('/feed.atom');
    expect(headers.get('content-type')).toBe('application/atom+xml; charset=utf-8');
    expect(xml).toMatch(
      /^<\?xml version="1\.0" encoding="utf-8"\?>\s*<feed xmlns="http:\/\/www\.w3\.org\/2005\/Atom">/,
    );
    const head = xml.slice(0, xml.indexOf('<entry>'));
    for (const name of ['id', 'title', 'updated', 'author']) expect(elements(head, name), name).toHaveLength(1);
    expect(head).toContain('<link rel="self" href="https://status.example.org/feed.atom"/>');
    const entries = elements(xml, 'entry');
    expect(entries).toHaveLength(4);
    const ids = entries.map((entry) => elements(entry, 'id')[0]);
    expect(ids).toContain(`urn:nns-watch:proposal:${IDS.verified}`);
    expect(new Set(ids).size).toBe(4);
    for (const entry of entries) {
      for (const name of ['id', 'title', 'updated']) expect(elements(entry, name), name).toHaveLength(1);
      expect(elements(entry, 'updated')[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
      expect(entry).toMatch(/<link href="https:\/\/status\.example\.org\/proposals\/\d+"/);
    }
  });

  it('is the same again for the same verdicts', async () =>
    expect(await text('/feed.atom')).toBe(await text('/feed.atom')));

  it('holds a hostile title as text', async () => {
    const xml = await text('/feed.atom');
    // Whatever stands in a CDATA section is HTML to a reader: it must be escaped in there as well.
    const inside = [...xml.matchAll(/<!\[CDATA\[([\s\S]*?)\]\]>/g)].map(([, inner = '']) => inner);
    expect(inside.length).toBeGreaterThan(0);
    for (const inner of inside) expect(inner).not.toMatch(/[<>]/);
    const bare = xml.replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, '');
    expect(
      bare
        .match(/<\/?[a-z]+/g)
        ?.filter(
          (tag) => !/^<\/?(?:feed|id|title|updated|generator|author|name|link|entry|summary|content|rights)$/.test(tag),
        ),
    ).toEqual([]);
  });
});

describe('a badge', () => {
  it('says the verdict of a proposal and of a commit, for other pages', async () => {
    const { headers, text: svg } = await site.ask(`/badge/${IDS.verified}.svg`);
    expect(headers.get('content-type')).toBe('image/svg+xml');
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect(svg).toContain(`<title>nns-watch ${IDS.verified}: verified</title>`);
    expect(await text(`/badge/${IDS.mismatch}.svg`)).toContain(': mismatch<');
    expect(await text(`/badge/${IDS.building}.svg`)).toContain(': no verdict<');
    expect(await text(`/badge/${'c4'.repeat(20)}.svg`)).toContain('<title>nns-watch c4c4c4c4c4: inconclusive</title>');
    expect((await site.ask(`/badge/${'f'.repeat(64)}.svg`)).status).toBe(404);
  });
});

describe('metrics', () => {
  const documented = readFileSync(resolve(import.meta.dirname, '../../docs/metrics.md'), 'utf8');

  it('are those of the documentation, by the conventions of Prometheus', async () => {
    const run = { proposalId: IDS.verified, state: 'right', cases: [], atMs: 1_789_000_000_000 } as const;
    await createCanaries(site.database).keep(run);
    const { headers, text: told } = await site.ask('/metrics');
    expect(headers.get('content-type')).toContain('text/plain');
    const types = [...told.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name = '', type = '']) => ({ name, type }));
    const rows = [...documented.matchAll(/^\| `([a-z_]+)(?:\{([a-z, ]+)\})?` \| (counter|gauge) \|/gm)];
    expect(types.map(({ name, type }) => `${name} ${type}`).sort()).toEqual(
      rows.map(([, name = '', , type = '']) => `${name} ${type}`).sort(),
    );
    for (const { name, type } of types) {
      expect(name.endsWith('_total'), name).toBe(type === 'counter');
      expect(name).toMatch(/^(?:nns_watch|process)_/);
    }
    for (const [, name = '', labels = ''] of rows) {
      const line = told.split('\n').find((each) => each.startsWith(`${name}{`) || each.startsWith(`${name} `)) ?? '';
      const found = [...line.matchAll(/([a-z]+)="/g)].map(([, label = '']) => label);
      if (line !== '')
        expect(found.sort(), name).toEqual(
          labels
            .split(', ')
            .filter((each) => each !== '')
            .sort(),
        );
    }
  });

  it('say what is so', async () => {
    const told = await text('/metrics');
    for (const line of [
      'nns_watch_healthy 1',
      'nns_watch_open_elections{outcome="verified"} 1',
      'nns_watch_open_elections{outcome="none"} 1',
      'nns_watch_jobs{kind="build",state="running"} 1',
      'nns_watch_channel_up{channel="webhook"} 1',
      'nns_watch_verdicts_total{outcome="mismatch"} 1',
      'nns_watch_builders 1',
    ]) {
      expect(told).toContain(`${line}\n`);
    }
    expect(told).toMatch(/^nns_watch_next_undecided_deadline_timestamp_seconds \d{10}$/m);
  });
});
