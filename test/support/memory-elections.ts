import type { ProposalId } from '../../src/domain/ids.ts';
import { discoveredNotice } from '../../src/domain/notices.ts';
import { isOlder, kindOf, type Proposal } from '../../src/domain/proposal.ts';
import type { Elections, Outbox, WorkQueue } from '../../src/domain/service-ports.ts';

export interface MemoryElections extends Elections {
  readonly proposals: ReadonlyMap<ProposalId, Proposal>;
}

interface Around {
  readonly queue: Pick<WorkQueue, 'enqueue'>;
  readonly outbox: Pick<Outbox, 'enqueue'>;
  readonly notifiers: readonly string[];
}

/** Elections that are forgotten with the test. */
export function memoryElections({ queue, outbox, notifiers }: Around): MemoryElections {
  const proposals = new Map<ProposalId, Proposal>();
  const seen = new Map<ProposalId, number>();
  const watched = new Set<ProposalId>();
  let newest: ProposalId | null = null;
  const goesOn = ({ status, rewardStatus }: Proposal): boolean =>
    !['rejected', 'executed', 'failed'].includes(status) || rewardStatus === 'accept-votes';
  const byNumber = (a: ProposalId, b: ProposalId): number => (BigInt(a) < BigInt(b) ? -1 : 1);
  return {
    proposals,
    known: async () => ({
      newest,
      unfinished: [...watched]
        .filter((id) => {
          const proposal = proposals.get(id);
          return proposal !== undefined && goesOn(proposal);
        })
        .sort(byNumber),
    }),
    record: async (found, seenAtMs, seenTo) => {
      const refused: ProposalId[] = [];
      for (const { proposal, history } of found) {
        const { id } = proposal;
        const known = proposals.get(id);
        if (known && isOlder(proposal, known)) refused.push(id);
        else if ((seen.get(id) ?? 0) <= seenAtMs) {
          proposals.set(id, proposal);
          seen.set(id, seenAtMs);
        }
        const verify = { kind: 'verify', key: id, input: { proposal: id } } as const;
        const understood = known?.action.kind === 'undecodable' && proposal.action.kind !== 'undecodable';
        if (watched.has(id) && understood) await queue.enqueue(verify, 0);
        const counts = proposal.status === 'open' || proposal.rewardStatus === 'accept-votes';
        if (
          (known && (watched.has(id) || !counts)) ||
          history ||
          (proposal.topic !== 13 && kindOf(proposal) === 'other')
        )
          continue;
        watched.add(id);
        await queue.enqueue(verify, 0);
        const context = { network: 'mainnet', at: Math.floor(seenAtMs / 1000) };
        await outbox.enqueue([discoveredNotice(context, proposal)], notifiers);
      }
      if (seenTo && (newest === null || BigInt(seenTo) > BigInt(newest))) newest = seenTo;
      return { refused };
    },
  };
}
