import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Evidence, evidenceKey } from '../../src/domain/evidence.ts';
import type { CommitId } from '../../src/domain/ids.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { flipped, imageHash, seen } from '../support/evidence.ts';
import { World } from '../support/world.ts';
import { IDS } from './filled.ts';
import { openSite, type OpenSite } from './kit.ts';

const LOOPBACK = 'NOT MAINNET: IC_ROOT_KEY';
const commit = 'ee'.repeat(20) as CommitId;
const own = imageHash('guestos');
const theirs = flipped(own);

let site: OpenSite;
let totals: string;
beforeAll(async () => {
  site = await openSite();
  totals = await verdictTotals();
  const runs = createRunStore(site.database, () => Date.now(), LOOPBACK);
  const run = await runs.start({ mode: 'proposal', proposal: null, proposalId: IDS.building, commit });
  const evidence = new Evidence();
  const image = seen({ sha256: theirs, bytes: 1000 }, 'https://loopback.example/image');
  await runs.observed(run, evidenceKey.image('https://loopback.example/image'), image);
  evidence.add(evidenceKey.image('https://loopback.example/image'), image);
  const { results, ...verdict } = new World().verdict();
  const moved = JSON.parse(JSON.stringify(results).replaceAll(own, theirs)) as typeof results;
  await runs.judged(run, { ...verdict, results: moved }, evidence);
}, 60_000);
afterAll(() => site.close());

async function verdictTotals(): Promise<string> {
  const { text } = await site.ask('/metrics');
  return text
    .split('\n')
    .filter((line) => line.startsWith('nns_watch_verdicts'))
    .join('\n');
}

describe('a verdict by hand on another network, on the page of mainnet,', () => {
  it('is named by it first, on the page of its commit, in its JSON and badge', async () => {
    const { text } = await site.ask(`/commits/${commit}`);
    expect(text).toContain('VERIFIED');
    expect(text).toMatch(/<title>NOT MAINNET · /);
    expect(text).toContain(`role="alert">${LOOPBACK}<`);
    expect(JSON.parse((await site.ask(`/commits/${commit}.json`)).text)).toMatchObject({
      network: LOOPBACK,
      verdict: { outcome: 'verified', headline: expect.stringMatching(/^NOT MAINNET/) as string },
    });
    expect((await site.ask(`/badge/${commit}.svg`)).text).toContain('aria-label="NOT MAINNET');
  });

  it('makes no hash that of a verified release, and is named in the row that lists it', async () => {
    const { text } = await site.ask(`/hashes/${theirs}`);
    expect(text).toContain('<strong class="word">NO RELEASE</strong>');
    expect(text).toContain(`<strong>${LOOPBACK}</strong><br>`);
    expect((await site.ask(`/hashes/${own}`)).text).toContain('<strong class="word">VERIFIED</strong>');
  });

  it('is neither counted nor listed, and no verdict of the proposal with the same number', async () => {
    expect(totals).not.toBe('');
    expect(await verdictTotals()).toBe(totals);
    expect((await site.ask('/history?outcome=verified')).text).not.toContain(`/proposals/${IDS.building}"`);
    expect((await site.ask(`/badge/${IDS.building}.svg`)).text).toContain('no verdict');
    expect((await site.ask(`/proposals/${IDS.building}`)).text).not.toContain('NOT MAINNET');
  });
});
