import type { Notice } from '../../domain/notice.ts';
import { voteCommands } from '../../domain/voting.ts';
import { voteAdviceOf, votingLine } from '../advice.ts';
import { answerMessage } from '../command-answer-parts.ts';
import type { ChatCommand } from './command.ts';
import { say, type Line, type Message } from '../message-parts.ts';
import { verdictView } from '../verdict-view.ts';
import { stateWord } from '../wording.ts';

/** `/vote id`: what a vote can rest on, and the commands that cast it as far as the outcome allows. */
export const vote: ChatCommand = {
  name: 'vote',
  description: 'How to vote on one proposal, as far as its verdict allows',
  changes: false,
  about: 'proposal',
  answer: async (actions, id) => voteMessage(await actions.known(id)),
};

function voteMessage(known: Notice): Message {
  const { proposal, network, at } = known;
  const view = verdictView(known);
  const { tone, word } = stateWord(known, view);
  const advice = voteAdviceOf(known, view);
  const none = network === 'mainnet' ? 'No vote on it counts any more.' : 'There is nothing here to vote on.';
  const commands = proposal && advice ? voteCommands(proposal.id, advice) : [];
  const lines = commands.map(({ command, remark }): Line => [
    { code: command },
    ...(remark === null ? [] : [say(` ${remark}`)]),
  ]);
  return answerMessage(network, {
    tone,
    title: `Vote · proposal ${proposal?.id ?? ''} · ${word}`,
    headline: advice?.sentence ?? none,
    facts: proposal ? [votingLine(proposal, at)] : [],
    sections: advice && lines.length > 0 ? [{ title: 'To vote, with your neuron’s id', lines }] : [],
    links:
      proposal && advice?.kind === 'vote-freely' ? [{ link: proposal.links.nns, label: 'Vote in the NNS app' }] : [],
  });
}
