import { WatchError } from '../domain/errors.ts';
import type { Notifier } from '../domain/notice.ts';
import type { ValuesOf } from '../platform/setting.ts';
import { valuesFor, type NotifierDeps, type NotifierKind } from './notifier-kind.ts';
import { NOTIFIERS } from './notifiers/index.ts';

export type { NotifierDeps } from './notifier-kind.ts';

/** The settings of all notifiers, by the keys of their values. */
export type NotifierSettingGroup = UnionToIntersection<(typeof NOTIFIERS)[number]['settings']>;
type UnionToIntersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never;

/** Their values; null: not set. */
export type NotifierSettings = ValuesOf<NotifierSettingGroup>;

export const notifierSettings = Object.assign({}, ...NOTIFIERS.map(({ settings }) => settings)) as NotifierSettingGroup;

/**
 * The notifiers that the settings ask for; the console where they ask for none, since nothing may be told to nobody.
 * Loads no library of a chat before there is something to tell.
 */
export function createNotifiers(settings: NotifierSettings, deps: NotifierDeps): readonly Notifier[] {
  const kinds: readonly NotifierKind[] = NOTIFIERS;
  const all = kinds.map((kind) => ({ name: kind.name, made: kind.create(valuesFor(kind, settings), deps) }));
  const chosen = all.filter(({ name }) => name !== 'console').flatMap(({ made }) => made);
  const notifiers = chosen.length > 0 ? chosen : all.flatMap(({ made }) => made);
  const ids = notifiers.map(({ id }) => id);
  const double = ids.find((id, at) => ids.indexOf(id) !== at);
  if (double !== undefined) throw new WatchError('input', 'double-notifier', `${double} is set twice`);
  return notifiers;
}
