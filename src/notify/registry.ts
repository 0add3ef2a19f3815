import type { z } from 'zod';
import { WatchError } from '../domain/errors.ts';
import type { Notifier } from '../domain/notice.ts';
import { NOTIFIERS } from './notifiers/index.ts';
import type { NotifierDeps, NotifierKind } from './notifier-kind.ts';

export type { NotifierDeps } from './notifier-kind.ts';

/** The settings of all notifiers, by their keys; null: not set. */
export type NotifierSettings = UnionToIntersection<z.infer<(typeof NOTIFIERS)[number]['settings']>>;
type UnionToIntersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;

/**
 * The notifiers that the settings ask for; the console where they ask for none, since nothing may be told to nobody.
 * Loads no library of a chat before there is something to tell.
 */
export function createNotifiers(settings: NotifierSettings, deps: NotifierDeps): readonly Notifier[] {
  const kinds: readonly NotifierKind[] = NOTIFIERS;
  const all = kinds.map(({ name, settings: schema, create }) => ({ name, made: create(schema.parse(settings), deps) }));
  const chosen = all.filter(({ name }) => name !== 'console').flatMap(({ made }) => made);
  const notifiers = chosen.length > 0 ? chosen : all.flatMap(({ made }) => made);
  const ids = notifiers.map(({ id }) => id);
  const double = ids.find((id, at) => ids.indexOf(id) !== at);
  if (double !== undefined) throw new WatchError('input', 'double-notifier', `${double} is set twice`);
  return notifiers;
}
