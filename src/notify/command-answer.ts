import { asWatchError } from '../domain/errors.ts';
import { parseProposalId } from '../domain/ids.ts';
import { answerMessage } from './command-answer-parts.ts';
import type { ChatCommand, ChatActions } from './commands/command.ts';
import { COMMANDS } from './commands/index.ts';
import { line, words, type Message } from './message-parts.ts';

/** What somebody in a chat asked for. All texts are strangers'. */
export interface Asked {
  readonly command: string;
  readonly text: string;
  /** Whether the chat says that this person manages the place. */
  readonly manages: boolean;
  /** Who may change something, in a few words of ours. */
  readonly managers: string;
}

export type Answer = (asked: Asked) => Promise<Message>;

export interface AnswerDeps {
  readonly actions: ChatActions;
  /** Takes what went wrong, and was not the asker's fault. */
  readonly failed: (error: unknown) => void;
}

/** A chat full of people that ask at once must not keep the service from its work. */
const AT_ONCE = 4;

/** Answers commands; never throws. */
export function createAnswer({ actions, failed }: AnswerDeps): Answer {
  let running = 0;
  const sorry = (headline: string): Message => answerMessage(actions.network, { title: 'Not done', headline });
  return async (asked) => {
    if (running >= AT_ONCE) return sorry('Too many questions at once: ask again in a moment.');
    running += 1;
    try {
      return await answerOne(asked, actions, sorry);
    } catch (thrown) {
      const error = asWatchError(thrown);
      if (error.kind === 'input') return sorry(words(error.message, 400));
      failed(error);
      return sorry('Something went wrong; the log of the service says what.');
    } finally {
      running -= 1;
    }
  };
}

async function answerOne(asked: Asked, actions: ChatActions, sorry: (headline: string) => Message): Promise<Message> {
  const command = COMMANDS.find(({ name }) => name === asked.command);
  if (!command) return helpMessage(actions);
  if (command.changes && !asked.manages) return sorry(`Only ${asked.managers} may do this.`);
  if (command.about === 'all') return command.answer(actions);
  const id = parseProposalId(asked.text.trim().replace(/^#/, ''));
  return id ? command.answer(actions, id) : sorry('Give the number of a proposal, such as 143816.');
}

function helpMessage(actions: ChatActions): Message {
  const usage = ({ name, about, description }: ChatCommand): string =>
    `${name}${about === 'proposal' ? ' <number>' : ''}: ${description}`;
  return answerMessage(actions.network, {
    title: 'Commands',
    headline: 'What can be asked here:',
    facts: COMMANDS.map((command) => line(usage(command))),
  });
}
