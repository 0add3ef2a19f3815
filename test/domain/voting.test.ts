import { describe, expect, it } from 'vitest';
import { showText } from '../../src/cli/show-text.ts';
import type { ProposalStatus } from '../../src/domain/proposal.ts';
import { voteAdvice, voteCommands, type AdvisedVerdict } from '../../src/domain/voting.ts';
import { voteSection } from '../../src/status/pages/vote.ts';
import { PROPOSAL_ID } from '../support/evidence.ts';
import { everyVerdict, proposalHistoryOf, type Judged } from '../support/verdicts.ts';

const DEADLINE = 1_790_145_600;
const OPEN = DEADLINE - 3600;
const advise = (verdict: AdvisedVerdict | null, network = 'mainnet', now = OPEN, status: ProposalStatus = 'open') =>
  voteAdvice({ network, status, deadlineAt: DEADLINE, verdict }, now);

/** A ballot that is ready to adopt. */
const ADOPTS = /--approve|vote = 1|VOTE/;
const ANY = /quill|dfx|manage_neuron|--approve|--reject/;

/** Wherever a command to vote may stand. */
function placesOf(judged: Judged, network: string, at: number): readonly string[] {
  const history = proposalHistoryOf(judged);
  const around = { network, toolVersion: '0.1.0', now: at * 1000 };
  const advice = advise(judged.verdict, network, at);
  return [
    showText({ history, others: [] }, around, []),
    voteSection(history, { network, toolVersion: '0.1.0', at: at * 1000 })?.toString() ?? '',
    advice
      ? voteCommands(PROPOSAL_ID, advice)
          .map(({ command }) => command)
          .join('\n')
      : '',
  ];
}

describe('advice on a vote', () => {
  const elections = everyVerdict().filter(({ proposal }) => proposal !== null);

  it('follows the outcome, whatever the verdict, wherever it stands', () => {
    expect(new Set(elections.map(({ verdict }) => `${verdict.outcome} ${verdict.confirmed}`))).toEqual(
      new Set(['verified null', 'mismatch true', 'mismatch false', 'inconclusive null']),
    );
    for (const judged of elections) {
      const { name, verdict } = judged;
      for (const text of placesOf(judged, 'mainnet', OPEN)) {
        const found = [name, ADOPTS.test(text), text.includes('--reject'), ANY.test(text)];
        const [verified, refuted] = [verdict.outcome === 'verified', verdict.confirmed === true];
        expect(found.slice(0, 2)).toEqual([name, verified]);
        if (!verified) expect(found.slice(2)).toEqual([refuted, refuted]);
      }
      const [show, page] = placesOf(judged, 'mainnet', OPEN);
      for (const text of [show, page]) {
        expect(text?.includes('Do not adopt until this is explained.')).toBe(verdict.outcome === 'mismatch');
        expect(text?.includes('https://nns.ic0.app/')).toBe(verdict.outcome === 'verified');
      }
    }
  });

  it('is silent where no vote counts, and on any other network', () => {
    for (const judged of elections) {
      for (const [network, at] of [
        ['NOT MAINNET: IC_ROOT_KEY', OPEN],
        ['mainnet', DEADLINE],
      ] as const) {
        expect(advise(judged.verdict, network, at)).toBeNull();
        for (const text of placesOf(judged, network, at)) expect(text).not.toMatch(ANY);
      }
    }
  });

  it('offers no ballot without a verdict, nor after one that its own checks contradict', () => {
    const contradiction = [{ outcome: 'mismatch', tier: 'corroborating' }] as const;
    expect(advise(null)?.ballots).toBe('none');
    for (const outcome of ['verified', 'inconclusive'] as const) {
      const advice = advise({ outcome, confirmed: null, results: contradiction });
      expect(advice).toMatchObject({ kind: 'do-not-adopt', ballots: 'none' });
    }
    expect(advise({ outcome: 'mismatch', confirmed: null, results: [] })?.ballots).toBe('none');
  });

  it('goes on until the deadline after an early decision, and without a deadline while the vote is open', () => {
    const verdict: AdvisedVerdict = { outcome: 'verified', confirmed: null, results: [] };
    expect(advise(verdict, 'mainnet', OPEN, 'executed')?.kind).toBe('vote-freely');
    const without = (status: ProposalStatus) =>
      voteAdvice({ network: 'mainnet', status, deadlineAt: null, verdict }, OPEN);
    expect(without('open')?.kind).toBe('vote-freely');
    expect(without('executed')).toBeNull();
  });

  it('fills the reject in where only that may be sent', () => {
    const advice = advise({ outcome: 'mismatch', confirmed: true, results: [] });
    const commands = advice ? voteCommands(PROPOSAL_ID, advice) : [];
    expect(commands.map(({ command }) => command)).toEqual([
      'quill vote NEURON_ID --proposal-id 143816 --reject',
      expect.stringContaining('RegisterVote = record { vote = 2 : int32; proposal = opt record { id = 143816'),
    ]);
  });
});
