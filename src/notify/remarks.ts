import { line, words, type Line } from './message-parts.ts';
import type { VerdictView } from './verdict-view.ts';

const SENTENCE = 300;

/**
 * Findings by severity, then caveats. What stands in the headline, or in a remark before it, is not said again, however
 * it is spelt.
 */
export function remarkLines({ headline, findings, caveats }: VerdictView): readonly Line[] {
  const sorted = (['serious', 'warning', 'info'] as const).flatMap((severity) =>
    findings.filter((finding) => finding.severity === severity),
  );
  const remarks = [
    ...sorted.map(({ severity, sentence }) => ({ sentence, text: `${severity}: ${words(sentence, SENTENCE)}` })),
    ...caveats.map(({ sentence }) => ({ sentence, text: `not covered: ${words(sentence, SENTENCE)}` })),
  ];
  let said = letters(headline);
  return remarks.flatMap(({ sentence, text }) => {
    const key = letters(words(sentence, SENTENCE));
    if (key !== '' && said.includes(key)) return [];
    said = `${said}\n${key}`;
    return [line(text)];
  });
}

/** A text by its letters and digits alone. */
function letters(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
}
