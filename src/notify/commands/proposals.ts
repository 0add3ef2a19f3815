import { answerMessage, electionLine } from '../command-answer-parts.ts';
import type { ChatCommand } from './command.ts';

/** `/proposals`: the elections of the last days. */
export const proposals: ChatCommand = {
  name: 'proposals',
  description: 'Election proposals with deadline and verdict',
  changes: false,
  about: 'all',
  answer: async (actions) => {
    const elections = await actions.elections();
    const none = 'No election of the last two weeks is known.';
    const headline = elections.length === 0 ? none : 'The elections of the last two weeks, the most urgent first.';
    return answerMessage(actions.network, { title: 'Elections', headline, facts: elections.map(electionLine) });
  },
};
