import type { ChatCommand } from './command.ts';
import { composeMessage } from '../message.ts';

/** `/verdict id`: what the channel shows of the proposal, with all that is known now. */
export const verdict: ChatCommand = {
  name: 'verdict',
  description: 'The verdict on one proposal',
  changes: false,
  about: 'proposal',
  answer: async (desk, id) => composeMessage(await desk.known(id), { statusUrl: desk.statusUrl }),
};
