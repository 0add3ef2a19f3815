import { createAnswer, type AnswerDeps } from './command-answer.ts';
import type { CommandLink, LinkDeps } from './chat-listener.ts';
import { valuesFor, type NotifierKind } from './notifier-kind.ts';
import { NOTIFIERS } from './notifiers/index.ts';
import type { NotifierSettings } from './notifier-registry.ts';

export interface CommandDeps extends AnswerDeps, Omit<LinkDeps, 'answer'> {}

/** The ways on which commands come in, as far as the settings have them. Nothing is connected by making them. */
export function createCommandLinks(settings: Partial<NotifierSettings>, deps: CommandDeps): readonly CommandLink[] {
  const kinds: readonly NotifierKind[] = NOTIFIERS;
  const answer = createAnswer(deps);
  return kinds.flatMap((kind) => kind.commands?.(valuesFor(kind, settings), { ...deps, answer }) ?? []);
}
