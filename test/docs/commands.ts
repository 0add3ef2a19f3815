import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../support/program.ts';

/** Documents whose commands people copy. */
export const DOCUMENTS = ['README.md', 'docs/operations.md', 'CONTRIBUTING.md', 'docs/notifiers.md', 'docs/trust.md'];

export interface Block {
  readonly document: string;
  /** `run`: in a checkout; `run-installed`: on a machine where `deploy/install` was run; none: a test says why not. */
  readonly mark: string;
  readonly text: string;
}

/** Every block of shell commands of a document, in order. */
export function shellBlocks(document: string): Block[] {
  const text = readFileSync(join(root, document), 'utf8');
  return [...text.matchAll(/^```(?:sh|bash|shell|console)\b ?(.*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    document,
    mark: match[1] ?? '',
    text: match[2] ?? '',
  }));
}

export const blocksMarked = (mark: string, documents: readonly string[] = DOCUMENTS): Block[] =>
  documents.flatMap(shellBlocks).filter((block) => block.mark === mark);
