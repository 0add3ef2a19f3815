import type { ProposalHistory } from '../../domain/proposal-history.ts';
import { proposalLinks } from '../../domain/network.ts';
import { voteAdvice, voteCommands } from '../../domain/voting.ts';
import { markup, type Html } from '../html.ts';
import { section, type Frame } from '../layout.ts';

/** What a vote can rest on, and how to cast it as far as the outcome allows; null: no vote counts. */
export function voteSection({ proposal, verdict }: ProposalHistory, { network, at }: Frame): Html | null {
  if (!proposal) return null;
  const { id, status, deadlineAt } = proposal;
  const advised = { network, status, deadlineAt, verdict: verdict?.verdict ?? null };
  const advice = voteAdvice(advised, at / 1000);
  if (!advice) return null;
  const commands = voteCommands(id, advice).map(
    ({ command, remark }) => markup`<p class="small"><code>${command}</code>${remark !== null && ` ${remark}`}</p>`,
  );
  const folded =
    commands.length > 0 && markup`<details><summary>Commands, with your neuron’s id</summary>${commands}</details>`;
  const { nns } = proposalLinks(id, null);
  const app = advice.kind === 'vote-freely' && markup`<p><a href="${nns}" rel="noreferrer">Vote in the NNS app</a></p>`;
  return section('Your vote', markup`<div class="panel"><p>${advice.sentence}</p>${app}${folded}</div>`);
}
