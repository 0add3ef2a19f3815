import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IDS } from './filled.ts';
import { openSite, type OpenSite } from './kit.ts';
import { JSONS, PAGES } from './site-kit.ts';

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

  // Its form has no place for a word of ours but these.
  it('is named by the OpenAPI document', async () => {
    const { info } = JSON.parse((await other.ask('/openapi.json')).text) as { info: Record<string, string> };
    for (const told of [info['title'], info['description']]) expect(told).toMatch(/^NOT MAINNET: /);
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
