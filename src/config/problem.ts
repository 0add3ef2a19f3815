import { WatchError } from '../domain/errors.ts';
import { plainText } from '../domain/text.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** One thing that is wrong with the settings: which, what would be right, and what was given unless it is secret. */
export interface SettingProblem {
  readonly setting: string;
  readonly rule: string;
  readonly given: string | null;
}

/** One error that tells all problems at once (`cause`: the list of them). */
export function settingsError(problems: readonly SettingProblem[]): WatchError {
  const lines = problems.map(({ setting, rule, given }) => {
    const shown = given === null ? '' : ` (given: ${plainText(given, 120)})`;
    return `  ${setting} ${rule}${shown}`;
  });
  const count = problems.length === 1 ? 'One setting cannot be used' : `${problems.length} settings cannot be used`;
  return new WatchError('input', 'settings', [`${count}:`, ...lines].join('\n'), { cause: problems });
}
