import type { Route } from '../domain/route.ts';
import { plainText } from '../domain/text.ts';
import { redactor } from '../platform/redact.ts';
import { allSettings, type Config } from './config.ts';

type Given = Pick<Config, 'environment' | 'secrets'>;

/** Text of a setting as it was given; undefined where it was not. */
function givenText(name: string, { environment }: Given): string | undefined {
  const text = environment[name]?.trim();
  return text === '' ? undefined : text;
}

export interface SecretSetting {
  readonly name: string;
  readonly given: boolean;
  /** The file that holds it, where it was given so. */
  readonly file: string | null;
}

export function secretSettings(config: Given): readonly SecretSetting[] {
  return allSettings.all
    .filter(({ secret }) => secret)
    .map(({ name }) => {
      const file = givenText(`${name}_FILE`, config) ?? null;
      return { name, given: file !== null || givenText(name, config) !== undefined, file };
    });
}

/** One setting as people and programs may see it. */
export interface ShownSetting {
  readonly name: string;
  /** Of a secret `set`; null: not set, and there is no default. */
  readonly value: string | null;
  readonly isDefault: boolean;
}

/** A channel of the settings file as people and programs may see it: which settings it has, and what it is told. */
export interface ShownChannel {
  readonly channel: string;
  readonly settings: readonly string[];
  readonly only: Route['only'];
  readonly text: Route['text'];
  readonly quietHours: boolean;
}

export function shownChannels({ channels }: Pick<Config, 'channels'>): readonly ShownChannel[] {
  return channels.map(({ place, given, route: { only, text, quietHours } }) => {
    return { channel: place, settings: given, only, text, quietHours: quietHours !== null };
  });
}

/** Every setting as it takes effect; of secrets only whether they are there. */
export function shownSettings(config: Given): readonly ShownSetting[] {
  const hide = redactor(config.secrets);
  const secrets = new Map(secretSettings(config).map(({ name, given }) => [name, given]));
  return allSettings.all.map(({ name, fallback }) => {
    const secret = secrets.get(name);
    if (secret !== undefined) return { name, value: secret ? 'set' : fallback, isDefault: !secret };
    const text = givenText(name, config);
    const value = text ?? fallback;
    return { name, value: value === null ? null : plainText(hide(value), 300), isDefault: text === undefined };
  });
}
