import { describe, expect, it } from 'vitest';
import { verdictDocument } from '../../src/domain/verdict-document.ts';
import { Evidence } from '../../src/domain/evidence.ts';
import { discoveredNotice, sameVerdict, verdictNotice, type VerdictNews } from '../../src/domain/notices.ts';
import type { Notice } from '../../src/domain/notice.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { electionProposal, verdictOf } from '../support/records.ts';

const CONTEXT = { network: 'mainnet', at: 1_789_000_100 };
const proposal = electionProposal();

function tell(verdict: Verdict, final: boolean, previous: VerdictNews['previous'] = null): Notice | null {
  const document = verdictDocument({
    network: 'mainnet',
    proposal,
    commit: null,
    verdict,
    revision: 2,
    evidence: new Evidence(),
    startedAt: 0,
    decidedAt: 0,
    seconds: {},
    toolVersion: '1',
  });
  return verdictNotice(CONTEXT, { proposal, verdict, document, revision: 2, final, previous });
}

const [verified, mismatch, open] = [verdictOf('verified'), verdictOf('mismatch'), verdictOf('inconclusive')];
const unconfirmed: Verdict = { ...mismatch, confirmed: false };

describe('the news of a verdict', () => {
  it('is told under a key of its own, with the document', () => {
    expect(tell(verified, true)).toMatchObject({ key: 'proposal 143816 verdict 2', type: 'verdict', pings: true });
    expect(tell(verified, true)?.verdict?.schema).toBe('nns-watch/verdict@1');
  });

  it('is told at once and without a ping where it is only “not yet”', () => {
    expect(tell(open, false)).toMatchObject({ pings: false, standing: { stage: 'waiting' } });
    expect(tell(open, true)?.pings).toBe(true);
  });

  it('is no news where it says the same again, however it words it', () => {
    expect(tell({ ...open, headline: 'Timed out.' }, false, { verdict: open, final: false })).toBeNull();
    expect(tell(verified, true, { verdict: verified, final: true })).toBeNull();
  });

  it('pings for every new outcome, and for a mismatch that is confirmed or taken back', () => {
    expect(tell(mismatch, true, { verdict: verified, final: true })?.pings).toBe(true);
    expect(tell(mismatch, true, { verdict: unconfirmed, final: false })?.pings).toBe(true);
    expect(tell(verified, true, { verdict: unconfirmed, final: false })?.pings).toBe(true);
  });

  it('does not doubt a confirmed mismatch in the open until the second build of another look has ended', () => {
    const confirmed: Verdict = { ...mismatch, confirmed: true };
    expect(tell(unconfirmed, false, { verdict: confirmed, final: true })).toBeNull();
    expect(tell(unconfirmed, true, { verdict: confirmed, final: true })?.pings).toBe(true);
    expect(tell(verified, true, { verdict: confirmed, final: true })?.pings).toBe(true);
    expect(tell(unconfirmed, false, { verdict: verified, final: true })?.pings).toBe(true);
  });

  it('edits quietly where only something beside the outcome changed', () => {
    const more: Verdict = { ...verified, caveats: [{ id: 'provenance/x', sentence: 'One more.' }] };
    expect(tell(more, true, { verdict: verified, final: true })).toMatchObject({ pings: false, type: 'verdict' });
  });

  it('pings where nothing more will be tried after all', () => {
    expect(tell(open, true, { verdict: open, final: false })?.pings).toBe(true);
  });
});

describe('two verdicts', () => {
  it('are not the same where outcome, reasons, confirmation, findings or caveats differ', () => {
    const finding = { id: 'payload-lint/x', severity: 'info', sentence: '' } as const;
    const others: Verdict[] = [open, { ...verified, findings: [finding] }, { ...verified, reasons: ['not-built'] }];
    expect(others.map((other) => sameVerdict(verified, other))).toEqual([false, false, false]);
    expect(sameVerdict(mismatch, unconfirmed)).toBe(false);
  });
});

describe('the news of a new proposal', () => {
  it('says what it elects and when voting closes, and pings nobody', () => {
    const notice = discoveredNotice(CONTEXT, electionProposal({ deadlineAt: CONTEXT.at + 7200 }));
    expect(notice.sentence).toBe('A new proposal elects a GuestOS version. Voting closes in 2 h.');
    expect(notice).toMatchObject({ pings: false, key: 'proposal 143816 discovered', standing: { stage: 'queued' } });
  });
});
