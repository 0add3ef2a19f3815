import type { KnownSettings } from './known-settings.ts';
import type { SettingProblem } from './problem.ts';

/** Values of settings with a problem are missing; nobody sees them, since the problems are thrown. */
export function readValues(
  settings: KnownSettings['entries'],
  texts: ReadonlyMap<string, string>,
  problems: SettingProblem[],
): Readonly<Record<string, unknown>> {
  const entries = settings.map(([key, { name, value, fallback, secret }]) => {
    const text = texts.get(name) ?? fallback;
    if (text === null) return [key, null];
    const result = value.safeParse(text);
    for (const issue of result.error?.issues ?? []) {
      problems.push({ setting: name, rule: issue.message, given: secret ? null : withoutPassword(text) });
    }
    return [key, result.data];
  });
  return Object.fromEntries(entries) as Readonly<Record<string, unknown>>;
}

/** A URL in a setting that is no secret may still carry a password. */
function withoutPassword(text: string): string {
  // Malformed ones too, whose user name and password may hold anything: up to the last @ of the word.
  return text.replace(/\/\/\S*@/g, '//…@');
}

/** Settings that make no sense without, or together with, another one. */
export function contradictions(
  { all }: Pick<KnownSettings, 'all'>,
  texts: ReadonlyMap<string, string>,
): SettingProblem[] {
  const given = all.filter(({ name }) => texts.has(name));
  const problem = (setting: string, rule: string): SettingProblem => ({ setting, rule, given: null });
  const lonely = given.flatMap(({ name, needs: needed }) =>
    needed === undefined || texts.has(needed) ? [] : [problem(name, `needs ${needed} as well`)],
  );
  const double = given.flatMap(({ name, excludes: other }) =>
    other !== undefined && texts.has(other) ? [problem(name, `cannot be set together with ${other}`)] : [],
  );
  return [...lonely, ...double];
}
