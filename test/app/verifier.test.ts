import { describe, expect, it } from 'vitest';
import { existing } from '../../src/app/verifier.ts';
import { unavailable, type Observation } from '../../src/domain/evidence.ts';
import type { Proposal } from '../../src/domain/proposal.ts';
import { PROPOSAL_ID, proposal, seen } from '../support/evidence.ts';

const { signal } = new AbortController();
const read = (reading: Observation<Proposal>) => existing({ read: async () => reading }).read(PROPOSAL_ID, signal);

describe('a number that no proposal has', () => {
  it('is wrong usage only by the word of the canister', async () => {
    const certified = unavailable('absent', 'no-such-proposal', 'There is none.', 'canister', 0);
    await expect(read(certified)).rejects.toMatchObject({ kind: 'input', code: 'no-such-proposal' });
  });

  it.each([
    ['absent', 'http-404'],
    ['transport', 'no-such-proposal'],
    ['untrusted', 'certificate-stale'],
    ['malformed', 'another-proposal'],
  ] as const)('stays an answer that gives nothing where it is %s, %s', async (kind, code) => {
    const reading = unavailable(kind, code, 'Nothing.', 'somewhere', 0);
    expect(await read(reading)).toBe(reading);
  });

  it('is none where there is one', async () => {
    const reading = seen(proposal());
    expect(await read(reading)).toBe(reading);
  });
});
