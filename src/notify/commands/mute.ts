import { answerMessage } from '../command-answer-parts.ts';
import type { ChatCommand } from './command.ts';
import { say } from '../message-parts.ts';

/** `/mute id`: nothing pings for the proposal until its deadline, but a mismatch. */
export const mute: ChatCommand = {
  name: 'mute',
  description: 'No pings for one proposal until its deadline (a mismatch pings all the same)',
  changes: true,
  about: 'proposal',
  answer: async (actions, id) => {
    const until = await actions.mute(id);
    return answerMessage(actions.network, {
      title: `Muted · proposal ${id}`,
      headline: 'News of this proposal ping nobody; a mismatch does all the same.',
      facts: [[say('Until '), { time: until }]],
    });
  },
};
