import { WatchError } from '../domain/errors.ts';
import { EVERYTHING, unheardMismatches, type Route, type RoutedNotifier } from '../domain/route.ts';
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

/** A channel of the settings file: values by their keys, and what it is told. */
export interface ChannelSettings {
  /** As problems name it. */
  readonly place: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly route: Route;
}

const KINDS: readonly NotifierKind[] = NOTIFIERS;

/**
 * The notifiers that the settings ask for, by name and as channels of a file; the console where they ask for none, since
 * nothing may be told to nobody. Loads no library of a chat before there is something to tell.
 */
export function createNotifiers(
  settings: NotifierSettings & { readonly channels?: readonly ChannelSettings[] },
  deps: NotifierDeps,
): readonly RoutedNotifier[] {
  const byName = KINDS.map((kind) => ({ name: kind.name, made: kind.create(valuesFor(kind, settings), deps) }));
  const chosen: readonly RoutedNotifier[] = [
    ...byName.filter(({ name }) => name !== 'console').flatMap(({ made }) => made),
    ...(settings.channels ?? []).flatMap((channel) => channelNotifiers(channel, deps)),
  ];
  const notifiers = chosen.length > 0 ? chosen : byName.flatMap(({ made }) => made);
  requireMismatchHeard(notifiers);
  const ids = notifiers.map(({ id }) => id);
  const double = ids.find((id, at) => ids.indexOf(id) !== at);
  if (double !== undefined) throw new WatchError('input', 'double-notifier', `${double} is set twice`);
  return notifiers;
}

/** Those of one entry, which is about one kind of channel. */
function channelNotifiers({ place, values, route }: ChannelSettings, deps: NotifierDeps): RoutedNotifier[] {
  const made = KINDS.filter(({ name }) => name !== 'console').map((kind) => kind.create(valuesFor(kind, values), deps));
  const kinds = made.filter((notifiers) => notifiers.length > 0);
  if (kinds.length !== 1) {
    const what =
      kinds.length === 0 ? 'is no channel yet: its settings are not complete' : 'names more than one channel';
    throw new WatchError('input', 'unusable-channel', `${place} ${what}`);
  }
  return kinds.flat().map((notifier): RoutedNotifier => ({ ...notifier, route }));
}

/** Whatever filters say: of a mismatch at least one channel is told. */
function requireMismatchHeard(notifiers: readonly RoutedNotifier[]): void {
  const unheard = unheardMismatches(notifiers.map(({ route = EVERYTHING }) => route));
  if (unheard.length === 0) return;
  const sentence = `No channel would be told of a mismatch of these proposals: ${unheard.join(', ')}. Let one channel hear of every mismatch.`;
  throw new WatchError('input', 'unheard-mismatch', sentence);
}
