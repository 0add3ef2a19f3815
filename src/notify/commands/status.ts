import { answerMessage, electionLine } from '../command-answer-parts.ts';
import type { ChatCommand } from './command.ts';
import { line, words } from '../message-parts.ts';

/** `/status`: whether the program is well, what it does, and which deadlines come next. */
export const status: ChatCommand = {
  name: 'status',
  description: 'Whether nns-watch is well, and what it is doing',
  changes: false,
  about: 'all',
  answer: async (actions) => {
    const { version, problems, work, elections } = await actions.condition();
    const well = problems.length === 0;
    const trouble = { title: 'Trouble', lines: problems.map((problem) => line(words(problem, 300))) };
    const next = { title: 'Next deadlines', lines: elections.map(electionLine) };
    return answerMessage(actions.network, {
      tone: well ? 'plain' : 'inconclusive',
      title: well ? 'nns-watch is well' : 'nns-watch is in trouble',
      headline: `Version ${version}. ${elections.length} elections have votes to come.`,
      facts: work.map(({ kind, held, waiting }) => line(`${kind}: ${held} running, ${waiting} waiting`)),
      sections: [...(well ? [] : [trouble]), ...(elections.length === 0 ? [] : [next])],
    });
  },
};
