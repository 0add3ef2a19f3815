import { z } from 'zod';
import { COMPONENTS } from '../domain/component.ts';
import type { NoticeType } from '../domain/notice.ts';
import type { Route } from '../domain/route.ts';
import type { SettingGroup } from '../platform/setting.ts';
import { contradictions, readValues } from './given-values.ts';
import type { KnownSettings } from './known-settings.ts';
import { didYouMean } from './names.ts';
import type { SettingProblem } from './problem.ts';
import type { ChannelTexts } from './settings-file.ts';
import { givenTexts } from './sources.ts';
import { quietHours } from './values.ts';

/** A channel of the settings file, read and checked: the values of its settings by their keys, null for those not given. */
export interface ChannelConfig {
  readonly place: string;
  readonly given: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
  readonly route: Route;
  /** Its texts by their names, for what must stay secret. */
  readonly texts: ReadonlyMap<string, string>;
  /** Files that hold its secrets. */
  readonly files: readonly string[];
}

/** All but a test, which passes every list: one that is missing here does not compile. */
const NOTICES = Object.keys({
  ...{ discovered: 1, progress: 1, 'early-finding': 1, verdict: 1, reminder: 1, 'cannot-finish': 1, decided: 1 },
  ...{ closed: 1, outcome: 1, 'registry-differs': 1, deployment: 1, trouble: 1 },
} satisfies Record<Exclude<NoticeType, 'test'>, 1>) as NoticeType[];
const some = <const W extends string>(words: readonly W[]) => {
  const word = z.enum(words);
  return z.union([word.transform((one) => [one]), z.array(word).min(1)]).optional();
};

/** What holds notices back from a channel, and how it shows them. */
export const channelOptions = z.strictObject({
  only: z
    .strictObject({
      outcomes: some(['verified', 'mismatch', 'inconclusive']),
      kinds: some(['elect-guestos', 'elect-hostos', 'retire-only', 'other']),
      components: some(COMPONENTS.map(({ component }) => component)),
      notices: some(NOTICES),
    })
    .default({}),
  mention: z.string().optional(),
  quiet_hours: z.string().optional(),
  text: z.enum(['full', 'compact']).default('full'),
});

/** Reads the channels of the settings file; what is wrong with any of them is added to the problems. */
export function channelConfigs<M extends SettingGroup>(
  listed: readonly ChannelTexts[],
  known: KnownSettings<M>,
  problems: SettingProblem[],
): ChannelConfig[] {
  const entries = Object.entries(known.more);
  const own = { ...known, entries, all: entries.map(([, setting]) => setting) };
  return listed.flatMap(({ place, settings, options }) => {
    const found: SettingProblem[] = [];
    const read = channelOptions.safeParse(options);
    for (const issue of read.error?.issues ?? []) found.push(optionProblem(issue));
    const mention = read.data?.mention;
    const texts = givenTexts(mention === undefined ? settings : withMention(settings, mention, own, found), found, own);
    const values = readValues(entries, texts, found);
    found.push(...contradictions(own, texts));
    if (texts.size === 0 && found.length === 0)
      found.push({ setting: 'channel', rule: 'names no channel', given: null });
    const quiet = read.data?.quiet_hours === undefined ? null : quietHours.safeParse(read.data.quiet_hours);
    if (quiet?.success === false) {
      found.push({ setting: 'quiet_hours', rule: quiet.error.issues[0]?.message ?? 'must be a span', given: null });
    }
    problems.push(...found.map((one) => ({ ...one, setting: `${place}.${one.setting.toLowerCase()}` })));
    if (!read.success || found.length > 0) return [];
    const route = { only: defined(read.data.only), quietHours: quiet?.data ?? null, text: read.data.text };
    const files = Object.entries(settings).flatMap(([name, text]) => (name.endsWith('_FILE') ? [text] : []));
    return [{ place, given: [...texts.keys()], values, route, texts, files }];
  });
}

/** `mention` is short for the setting of its kind of channel: the one whose name begins as the others do. */
function withMention(
  settings: Readonly<Record<string, string>>,
  mention: string,
  { all }: Pick<KnownSettings, 'all'>,
  found: SettingProblem[],
): Record<string, string> {
  const own = all.find(({ name }) => {
    const kind = /^(.*_)MENTION$/.exec(name)?.[1];
    return kind !== undefined && Object.keys(settings).some((given) => given.startsWith(kind));
  });
  if (own) return { ...settings, [own.name]: mention };
  found.push({ setting: 'mention', rule: 'is nothing that this kind of channel knows', given: null });
  return { ...settings };
}

const LISTS = ['outcomes', 'kinds', 'components', 'notices'];

function optionProblem({ path, message, ...issue }: z.core.$ZodIssue): SettingProblem {
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    return { setting: [...path, key].join('.'), rule: `is no option here${didYouMean(key, LISTS)}`, given: null };
  }
  return { setting: path.join('.'), rule: `cannot be used: ${message}`, given: null };
}

/** Without the lists that are not given. */
function defined(only: z.infer<typeof channelOptions>['only']): Route['only'] {
  return Object.fromEntries(Object.entries(only).filter(([, list]) => list !== undefined));
}
