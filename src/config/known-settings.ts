import { WatchError } from '../domain/errors.ts';
import type { Setting, SettingGroup } from '../platform/setting.ts';
import { FOR_PEOPLE, settings } from './settings.ts';

/** All settings: the program's own, and those that others bring with them. */
export interface KnownSettings<M extends SettingGroup = SettingGroup> {
  readonly more: M;
  /** In the order of the example file, with the keys of their values. */
  readonly entries: readonly (readonly [key: string, setting: Setting<unknown>])[];
  readonly all: readonly Setting<unknown>[];
  /** Variables that hold secrets, in both ways of giving them. */
  readonly secretNames: readonly string[];
  /** Variables that no builder gets: secrets, and what makes no sense without them. */
  readonly notForBuilders: readonly string[];
}

/** `more` comes first below its heading. */
export function knownSettings<M extends SettingGroup>(more: M): KnownSettings<M> {
  const own = Object.entries<Setting<unknown>>(settings);
  const added = Object.entries(more);
  const at = own.findIndex(([, { section }]) => section === FOR_PEOPLE);
  const entries = [...own.slice(0, at), ...added, ...own.slice(at)];
  const all = entries.map(([, setting]) => setting);
  for (const names of [entries.map(([key]) => key), all.map(({ name }) => name)]) {
    const double = names.find((name, index) => names.indexOf(name) !== index);
    if (double !== undefined) throw new WatchError('bug', 'double-setting', `${double} is a setting twice`);
  }
  const waysOf = ({ name }: Setting<unknown>): string[] => [name, `${name}_FILE`];
  const secrets = all.filter(({ secret }) => secret);
  const secretNames = secrets.flatMap(waysOf);
  const notForBuilders = secrets.filter(({ forBuilders }) => !forBuilders).flatMap(waysOf);
  const forPeople = all.filter(({ section }) => section === FOR_PEOPLE).map(({ name }) => name);
  return { more, entries, all, secretNames, notForBuilders: [...new Set([...notForBuilders, ...forPeople])] };
}
