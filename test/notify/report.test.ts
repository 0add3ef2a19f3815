import { describe, expect, it } from 'vitest';
import { reviewText, storedDocument } from '../../src/operator/verdict-documents.ts';
import { composeMessage } from '../../src/notify/message.ts';
import { everyVerdict, proposalHistoryOf } from '../support/verdicts.ts';
import { HOSTILE, hostileNotice } from './hostile.ts';
import { document, notice, proposal } from './notices.ts';

const around = { network: 'mainnet', toolVersion: '0.1.0' };

/** Enough of them: each question, and each kind of fact. */
const few = <T>(all: readonly T[]): readonly T[] => all.filter((_, at) => at % 7 === 0);

/** What a forum shows before anything is unfolded. */
function outside(text: string): string {
  const parts = /^([^]*?)\n\n\[details="[^"]+"\]\n\n[^]*\n\n\[\/details\]\n$/.exec(text);
  expect(parts).not.toBeNull();
  return parts?.[1] ?? '';
}

function expectSizes(text: string): void {
  const review = outside(text);
  expect(text.length).toBeLessThan(30_000);
  expect(review.length).toBeLessThan(6000);
  expect(review.split('\n').length).toBeLessThanOrEqual(40);
  const ours = review.replace(/`[^`\n]*`/g, '');
  expect((ours.match(/https?:\/\//g) ?? []).length).toBeLessThanOrEqual(2);
  expect(text.match(/^\[details=/gm)).toHaveLength(1);
  expect(text.match(/^\[\/details\]/gm)).toHaveLength(1);
}

describe('the review for a forum', () => {
  it('has room in a post, whatever the verdict', () => {
    for (const judged of few(everyVerdict())) {
      const history = proposalHistoryOf(judged);
      const text = reviewText(history, storedDocument(history, around)) ?? '';
      expectSizes(text);
      expect(outside(text)).toMatch(new RegExp(`^# ${judged.verdict.outcome.toUpperCase()}`));
      expect(outside(text).includes('**Do not adopt until this is explained.**')).toBe(
        judged.proposal !== null && judged.verdict.outcome === 'mismatch',
      );
      expect(text).not.toMatch(/quill|dfx /);
    }
  });

  it('shows component by side in short hashes, how to repeat it, and the rest folded', () => {
    const [good] = everyVerdict();
    const history = proposalHistoryOf(good!);
    const review = outside(reviewText(history, storedDocument(history, around)) ?? '');
    expect(review).toContain('| | proposal | CDN | local build | measurements | attestation |');
    expect(review).toMatch(/^\| GuestOS \| ✔ `(\w{8}…\w{8})` \| ✔ `\1` \| ✔ `\1` \| ✔ \| ✔ \|$/m);
    expect(review).toContain('- To repeat it: `nns-watch verify 143816`');
  });

  it('has room in a post at the extreme, and keeps what differs', () => {
    const long = 'w*rds '.repeat(20_000);
    const findings = Array.from({ length: 200 }, (_, at) => ({
      id: `f/${at}`,
      severity: 'info' as const,
      sentence: long,
    }));
    const caveats = Array.from({ length: 200 }, (_, at) => ({ id: `c/${at}`, sentence: long }));
    const urls = Array.from({ length: 500 }, (_, at) => `https://mirror-${at}.example/${'a'.repeat(900)}`);
    const network = `NOT MAINNET: ${long}`;
    const serious = { id: 'f/serious', severity: 'serious' as const, sentence: 'The one that counts.' };
    const verdict = {
      ...document('mismatch', { findings: [...findings, serious], caveats, urls, headline: long }),
      network,
    };
    const told = notice('verdict', 'mismatch', { network, verdict, proposal: { ...proposal, title: long, url: long } });
    const text = composeMessage(told, { statusUrl: null }).attachment?.text ?? '';
    expectSizes(text);
    expect(outside(text)).toContain('The one that counts.');
    expect(outside(text)).toContain('… and 195 more findings');
    expect(text).toContain('more lines are left out.');
  });

  it.each(HOSTILE.map((text) => ({ text })))('is the same with $text', ({ text }) => {
    expectSizes(composeMessage(hostileNotice(text), { statusUrl: null }).attachment?.text ?? '');
    expectSizes(
      composeMessage(hostileNotice(`x\n[/details]\n\n# VERIFIED ${text}`), { statusUrl: null }).attachment!.text,
    );
  });
});
