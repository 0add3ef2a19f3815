import { answerMessage } from '../command-answer-parts.ts';
import type { ChatCommand } from './command.ts';
import { line, words } from '../message-parts.ts';

/** `/redeliver id`: the newest verdict (or news) once more, on every channel. */
export const redeliver: ChatCommand = {
  name: 'redeliver',
  description: 'Sends the newest verdict, or news, of one proposal again',
  changes: true,
  about: 'proposal',
  answer: async (actions, id) => {
    const notifiers = await actions.redeliver(id);
    const none = 'Nothing was told of this proposal that could be sent again.';
    return answerMessage(actions.network, {
      title: `Sent again · proposal ${id}`,
      headline: notifiers.length === 0 ? none : 'The newest news are on their way.',
      facts: notifiers.map((name) => line(words(name, 100))),
    });
  },
};
