import type { ListedElection } from './commands/command.ts';
import { quoted } from './escape.ts';
import { say, strong, words, type Line, type Message, type Section } from './message-parts.ts';

export interface AnswerParts {
  readonly title: string;
  readonly headline: string;
  readonly tone?: Message['tone'];
  readonly facts?: readonly Line[];
  readonly sections?: readonly Section[];
  readonly links?: Message['links'];
}

/** An answer as a message, so that every channel bounds it and makes it inert in its own way. */
export function answerMessage(network: string, parts: AnswerParts): Message {
  const { title, headline, tone = 'plain', facts = [], sections = [], links = [] } = parts;
  const elsewhere = network !== 'mainnet';
  return {
    tone,
    title: words(elsewhere ? `NOT MAINNET · ${title}` : title, 200),
    headline: words(elsewhere ? `${network} · ${headline}` : headline, 600),
    facts,
    sections,
    links,
    footer: 'nns-watch',
    mark: null,
    news: [say(words(headline, 600))],
    attachment: null,
  };
}

/** One election in one line. */
export function electionLine({ id, title, status, deadlineAt, verdict }: ListedElection): Line {
  const closing: Line = deadlineAt === null ? [] : [say(' · closes '), { time: deadlineAt }];
  return [strong(id), say(` ${verdictWords(verdict)} · ${status}`), ...closing, say(` · ${quoted(title ?? '', 80)}`)];
}

function verdictWords(verdict: ListedElection['verdict']): string {
  if (!verdict) return 'no verdict yet';
  const { outcome, reason, confirmed, final } = verdict;
  const remarks = [
    ...(reason === null ? [] : [reason]),
    ...(confirmed === false ? ['not confirmed yet'] : []),
    ...(final ? [] : ['not final']),
  ];
  return `${outcome.toUpperCase()}${remarks.length > 0 ? ` (${remarks.join(', ')})` : ''}`;
}
