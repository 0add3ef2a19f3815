import { parseDocument, visit } from 'yaml';
import { plainText } from '../domain/text.ts';
import type { KnownSettings } from './known-settings.ts';
import { didYouMean } from './names.ts';
import type { SettingProblem } from './problem.ts';
import { readSmallFile } from './small-file.ts';

/** What the settings file says: texts by the names of their settings, and one list of texts for each channel. */
export interface SettingsFile {
  readonly texts: Readonly<Record<string, string>>;
  readonly channels: readonly ChannelTexts[];
}

/** A channel as it is written: settings in capitals, options as they are called, lists apart. */
export interface ChannelTexts {
  /** `channels[0]`, as problems name it. */
  readonly place: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, unknown>>;
}

export const NO_FILE: SettingsFile = { texts: {}, channels: [] };

/** What a channel says beside the settings of its kind. */
export const CHANNEL_OPTIONS = ['only', 'mention', 'quiet_hours', 'text'] as const;

/**
 * Reads `nns-watch.yaml`. Every value is the text that stands there, as in an environment: no number loses digits, and no
 * word becomes a truth value. Aliases, tags and several documents are refused.
 */
export function readSettingsFile(path: string, known: KnownSettings, problems: SettingProblem[]): SettingsFile {
  const root = mappingIn(path, problems);
  if (root === null) return NO_FILE;
  const names = namesOf(known).filter((name) => name !== 'NNS_WATCH_CONFIG');
  const { channels: listed, ...others } = root;
  const texts = textsOf(others, { names, place: '', options: ['channels'] }, problems);
  return { texts, channels: channelsOf(listed, known, problems) };
}

const namesOf = ({ all }: Pick<KnownSettings, 'all'>): readonly string[] =>
  all.flatMap(({ name, secret }) => (secret ? [name, `${name}_FILE`] : [name]));

function channelsOf(listed: unknown, known: KnownSettings, problems: SettingProblem[]): ChannelTexts[] {
  if (listed === undefined || listed === '') return [];
  if (!Array.isArray(listed)) {
    problems.push({ setting: 'channels', rule: 'must be a list, one entry for each channel', given: null });
    return [];
  }
  const names = namesOf({ all: Object.values(known.more) });
  return listed.flatMap((entry: unknown, at): ChannelTexts[] => {
    const place = `channels[${at}]`;
    if (!isMapping(entry)) {
      problems.push({ setting: place, rule: 'must be a mapping of the settings of one channel', given: null });
      return [];
    }
    const isOption = ([key]: readonly [string, unknown]): boolean => CHANNEL_OPTIONS.some((option) => option === key);
    const options = Object.fromEntries(Object.entries(entry).filter(isOption));
    const given = Object.fromEntries(Object.entries(entry).filter((pair) => !isOption(pair)));
    const settings = textsOf(given, { names, place: `${place}.`, options: CHANNEL_OPTIONS }, problems);
    return [{ place, settings, options }];
  });
}

interface Expected {
  readonly names: readonly string[];
  readonly place: string;
  /** Keys that are no settings and are known beside them. */
  readonly options: readonly string[];
}

function textsOf(
  given: Readonly<Record<string, unknown>>,
  { names, place, options }: Expected,
  problems: SettingProblem[],
): Record<string, string> {
  const keys = [...names.map((name) => name.toLowerCase()), ...options];
  const entries = Object.entries(given).flatMap(([key, value]): [string, string][] => {
    const setting = `${place}${plainText(key, 80)}`;
    const name = key.toUpperCase();
    if (key !== key.toLowerCase() || !names.includes(name)) {
      problems.push({ setting, rule: `is no setting here${didYouMean(key, keys)}`, given: null });
      return [];
    }
    const text = textOf(value);
    if (text === null) problems.push({ setting, rule: 'must be one value, or a list of values', given: null });
    return text === null ? [] : [[name, text]];
  });
  return Object.fromEntries(entries);
}

/** Lists are joined as settings are separated. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return null;
  const texts = value.filter((one): one is string => typeof one === 'string' && !/[\s,]/.test(one));
  return texts.length === value.length ? texts.join(',') : null;
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The file as plain data, every scalar a text; null where it cannot be read, which is said. */
function mappingIn(path: string, problems: SettingProblem[]): Readonly<Record<string, unknown>> | null {
  const refuse = (rule: string): null => {
    problems.push({ setting: 'NNS_WATCH_CONFIG', rule, given: path });
    return null;
  };
  const contents = readSmallFile(path);
  if (contents === null) return refuse('must be a readable file of at most 64 KiB');
  try {
    const document = parseDocument(contents, { schema: 'failsafe', merge: false, uniqueKeys: true, stringKeys: true });
    const [error] = [...document.errors, ...document.warnings];
    // Its words quote the line, which may hold a secret.
    const at = error?.linePos?.[0];
    if (error) return refuse(`is no YAML that can be read${at ? ` (line ${at.line}, column ${at.col})` : ''}`);
    const shared: unknown[] = [];
    visit(document, {
      Alias: (_, node) => {
        shared.push(node);
      },
      Node: (_, node) => {
        if ('anchor' in node) shared.push(node);
      },
    });
    if (shared.length > 0) return refuse('must not use anchors and aliases');
    const value: unknown = document.toJS({ maxAliasCount: 0 });
    if (value === null || value === '') return {};
    return isMapping(value) ? value : refuse('must be a mapping of settings');
  } catch {
    return refuse('is no YAML that can be read');
  }
}
