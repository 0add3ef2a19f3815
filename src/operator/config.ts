import { WatchError } from '../domain/errors.ts';
import { knownSettings } from '../config/known-settings.ts';
import { loadSettings, type ConfigOptions, type ConfigWith } from '../config/load.ts';
import type { Environment } from '../config/problem.ts';
import { createNotifiers, notifierSettings, type NotifierSettingGroup } from '../notify/notifier-registry.ts';

/** Every setting of the program: its own, and those that each notifier brings. */
export const allSettings = knownSettings(notifierSettings);

/** All settings, read and checked. */
export type Config = ConfigWith<NotifierSettingGroup>;

/** Reads every setting, or throws one error that tells all problems at once (`cause`: the list of them). */
export function loadConfig(given: Environment, options: ConfigOptions = {}): Config {
  return loadSettings(allSettings, given, options);
}

/** Files of ours that hold settings or secrets, from which builds are kept. */
export function settingsFiles({ environment, configFile, channels }: Config): readonly string[] {
  const secretFiles = allSettings.all.flatMap(({ name }) => environment[`${name}_FILE`] ?? []);
  return [...secretFiles, ...(configFile === null ? [] : [configFile]), ...channels.flatMap(({ files }) => files)];
}

/** Throws where no channels could be made of these settings. Nothing is sent, and nothing loaded. */
export function requireChannels(config: Config): void {
  const fetch = (): never => {
    throw new WatchError('bug', 'settings-send-nothing', 'reading settings sends nothing');
  };
  createNotifiers({ ...config }, { fetch, now: () => 0, write: () => undefined, statusUrl: null });
}
