import type { HashAnswer } from '../domain/hash-answer.ts';
import type { Sha256 } from '../domain/ids.ts';
import { MARKS } from '../domain/marks.ts';
import { plainText } from '../domain/text.ts';
import { styled } from './marks.ts';

/** One hash, and the file that has it where one was given. */
export interface AskedHash {
  readonly sha256: Sha256;
  readonly file: { readonly name: string; readonly bytes: number } | null;
  readonly answer: HashAnswer;
}

const MARK_OF = { verified: 'verified', contradicted: 'mismatch', unknown: 'inconclusive' } as const;

/** A line each, with its remarks below it. */
export function hashText(asked: readonly AskedHash[], network: string): string {
  const lines = asked.flatMap(({ sha256, file, answer }) => hashLines(sha256, answer, file?.name ?? null));
  return [...(network === 'mainnet' ? [] : [network]), ...lines].map((line) => `${line}\n`).join('');
}

export function hashLines(
  sha256: Sha256,
  { state, word, sentence, remarks }: HashAnswer,
  name: string | null,
): string[] {
  const told = styled(MARK_OF[state], `${MARKS[MARK_OF[state]]} ${word}`, process.stdout);
  const of = name === null ? '' : `  ${plainText(name, 300)}`;
  return [
    `${told}  ${sha256}${of}  ${plainText(sentence, 600)}`,
    ...remarks.map((each) => `    ${plainText(each, 300)}`),
  ];
}

/** `nns-watch/hash@1`. */
export function hashesJson(
  asked: readonly AskedHash[],
  around: { readonly network: string; readonly toolVersion: string },
) {
  return {
    schema: 'nns-watch/hash@1',
    network: around.network,
    hashes: asked.map(({ sha256, file, answer }) => ({
      sha256,
      file: file?.name ?? null,
      bytes: file?.bytes ?? null,
      ...answer,
    })),
    tool: { name: 'nns-watch', version: around.toolVersion },
  };
}
