import type { Action } from '../domain/proposal.ts';

export type Undecodable = Extract<Action, { kind: 'undecodable' }>;

/** Of the election topic, but not to be understood. */
export function undecodable(code: string, sentence: string): Undecodable {
  return { kind: 'undecodable', code, sentence };
}

/** Strangers' text inside a sentence of ours: bounded, on one line, in quotes. */
export function quote(text: string): string {
  const line = text.slice(0, 200).replace(/[\p{C}\p{Z}]+/gu, ' ');
  return `“${line.length > 80 ? `${line.slice(0, 79)}…` : line}”`;
}
