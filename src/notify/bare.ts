import type { Notice } from '../domain/notice.ts';
import { plainText } from '../domain/text.ts';
import { orNull } from './forms.ts';
import { say, strong, words, type Message } from './message-parts.ts';
import { verdictView } from './verdict-view.ts';
import { stateWord, titleOf } from './wording.ts';

/**
 * A message of ids, the outcome and the headline alone, for a notice of which nothing more can be shown. It reads
 * nothing that could be odd without bearing it.
 */
export function bareMessage(notice: Notice): Message {
  const view = orNull(() => verdictView(notice));
  const state = orNull(() => stateWord(notice, view)) ?? { tone: 'plain', word: plainText(notice.type, 40) };
  const title = orNull(() => titleOf(notice, state)) ?? `${state.word} · ${plainText(notice.key, 100)}`;
  const id = notice.proposal?.id ?? null;
  const headline = words(view?.headline ?? notice.sentence, 600);
  return {
    tone: state.tone,
    title,
    headline,
    facts: [],
    sections: [],
    links: [],
    footer: `nns-watch${id === null ? '' : ` · proposal ${id}`}`,
    mark: id === null ? null : `proposal ${id}`,
    news: [strong(title), say(` · ${headline}`)],
    attachment: null,
  };
}
