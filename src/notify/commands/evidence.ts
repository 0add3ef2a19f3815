import type { VerdictDocument } from '../../domain/verdict-document.ts';
import { parseSha256 } from '../../domain/ids.ts';
import { answerMessage } from '../command-answer-parts.ts';
import type { ChatCommand } from './command.ts';
import { line, say, words, type Line, type Section } from '../message-parts.ts';
import { verdictView, type CheckView } from '../verdict-view.ts';

/** An embed of Discord has 25 fields. */
const MOST = 24;

/** `/evidence id`: what was looked at, and both sides of every comparison, with whole digests. */
export const evidence: ChatCommand = {
  name: 'evidence',
  description: 'What the verdict on one proposal rests on, with whole digests',
  changes: false,
  about: 'proposal',
  answer: async (actions, id) => {
    const known = await actions.known(id);
    const checks = verdictView(known)?.checks ?? [];
    const seen = (known.verdict?.evidence ?? []).map(seenLine);
    const nothing = 'Nothing was looked at yet, or it cannot be shown.';
    const headline = checks.length + seen.length === 0 ? nothing : `nns-watch show ${id} tells all of it.`;
    return answerMessage(actions.network, {
      title: `Evidence · proposal ${id}`,
      headline,
      sections: [
        ...checks.flatMap(checkSection).slice(0, MOST),
        ...(seen.length === 0 ? [] : [{ title: 'Looked at', lines: seen }]),
      ],
    });
  },
};

function checkSection({ id, component, outcome, comparisons }: CheckView): Section[] {
  if (outcome === 'skipped' || comparisons.length === 0) return [];
  const lines = comparisons.flatMap(({ label, expected, actual, equal }): Line[] =>
    equal
      ? [[say(`= ${words(label, 100)}: `), ...value(actual.value), say(` (${words(actual.source, 150)})`)]]
      : [
          line(`≠ ${words(label, 100)}`),
          [say('expected '), ...value(expected.value), say(` (${words(expected.source, 150)})`)],
          [say('actual '), ...value(actual.value), say(` (${words(actual.source, 150)})`)],
        ],
  );
  return [{ title: words(`${id}${component === null ? '' : ` · ${component}`} · ${outcome}`, 100), lines }];
}

/** Digests are shown whole; everything else may be strangers' text. */
function value(text: string | null): Line {
  if (text === null) return [say('not observed')];
  return parseSha256(text) === null ? [say(words(text, 150))] : [{ code: text }];
}

function seenLine({ kind, source, file, unavailable }: VerdictDocument['evidence'][number]): Line {
  const kept = typeof file === 'string' && parseSha256(file) !== null ? [say(' · kept as '), { code: file }] : [];
  const out = unavailable === undefined ? '' : ' · out of reach';
  return [say(`${words(String(kind), 40)}: ${words(String(source), 200)}${out}`), ...kept];
}
