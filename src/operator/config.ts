import { knownSettings } from '../config/known-settings.ts';
import { loadSettings, type ConfigOptions, type ConfigWith } from '../config/load.ts';
import type { Environment } from '../config/problem.ts';
import { notifierSettings, type NotifierSettingGroup } from '../notify/notifier-registry.ts';

/** Every setting of the program: its own, and those that each notifier brings. */
export const allSettings = knownSettings(notifierSettings);

/** All settings, read and checked. */
export type Config = ConfigWith<NotifierSettingGroup>;

/** Reads every setting, or throws one error that tells all problems at once (`cause`: the list of them). */
export function loadConfig(given: Environment, options: ConfigOptions = {}): Config {
  return loadSettings(allSettings, given, options);
}
