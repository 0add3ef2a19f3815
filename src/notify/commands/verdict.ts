import type { ChatCommand } from './command.ts';
import { composeMessage } from '../message.ts';

/** `/verdict id`: what the channel shows of the proposal, with all that is known now. */
export const verdict: ChatCommand = {
  name: 'verdict',
  description: 'The verdict on one proposal',
  changes: false,
  about: 'proposal',
  answer: async (actions, id) => composeMessage(await actions.known(id), { statusUrl: actions.statusUrl }),
};
