import { WatchError } from '../../src/domain/errors.ts';
import type { ProposalId } from '../../src/domain/ids.ts';
import type { ChatActions, ListedElection } from '../../src/notify/commands/command.ts';
import { ID, notice, NOW } from './notices.ts';

export const listed: ListedElection = {
  id: ID,
  title: 'Elect new IC/GuestOS revision',
  status: 'open',
  deadlineAt: NOW + 4 * 86_400,
  verdict: { outcome: 'mismatch', reason: null, confirmed: false, final: false },
};

/** A program that knows one election, with what was changed in it. */
export function fakeActions(given: Partial<ChatActions> = {}): ChatActions & { readonly changes: string[] } {
  const changes: string[] = [];
  const only = <T>(id: ProposalId, answer: T): T => {
    if (id !== ID) throw new WatchError('input', 'unknown-election', `No election ${id} is known here.`);
    return answer;
  };
  return {
    changes,
    network: 'mainnet',
    statusUrl: null,
    elections: async () => [listed],
    known: async (id) => only(id, notice('verdict', 'mismatch')),
    condition: async () => ({
      version: '1.2.3',
      problems: [],
      work: [{ kind: 'verify', held: 1, waiting: 2 }],
      elections: [listed],
    }),
    mute: async (id) => only(id, (changes.push(`mute ${id}`), NOW)),
    redeliver: async (id) => only(id, (changes.push(`redeliver ${id}`), ['discord:1'])),
    ...given,
  };
}
