import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { SettingGroup, ValuesOf } from '../platform/setting.ts';
import type { KnownSettings } from './known-settings.ts';
import { networkName, notMainnet } from './network.ts';
import { groundProblems, refusedNames } from './refused-environment.ts';
import { misspeltNames, unknownCredentials } from './names.ts';
import { settingsError, type Environment, type SettingProblem } from './problem.ts';
import { channelConfigs, type ChannelConfig } from './channels.ts';
import { contradictions, readValues } from './given-values.ts';
import { NO_FILE, readSettingsFile, type SettingsFile } from './settings-file.ts';
import { givenTexts, mergedEnvironment, overSettingsFile, withCredentials } from './sources.ts';
import { secretTexts } from './secrets.ts';
import { settings, type SettingValues } from './settings.ts';
import type { DatabaseAddress } from '../platform/database-address.ts';

export type { SettingProblem } from './problem.ts';

/** The program's own settings, read and checked. Paths are absolute, times milliseconds, sizes bytes; null: not set. */
export interface OwnConfig extends SettingValues {
  /** Where the database is: an absolute path, or the URL of a server. */
  readonly database: DatabaseAddress;
  /** Names of the settings that differ from mainnet's. */
  readonly notMainnet: readonly string[];
  /** `mainnet`, or `NOT MAINNET: …`. */
  readonly network: string;
  /** Texts that no log, page or message may show. */
  readonly secrets: readonly string[];
  /** Names that must not reach a build. */
  readonly secretNames: readonly string[];
  /** The environment with the settings file under it: for proxies and the build's allowed variables. */
  readonly environment: Environment;
  /** Those of the settings file, beside the ones that are set by name. */
  readonly channels: readonly ChannelConfig[];
}

/** The same with those that others bring. */
export type ConfigWith<M extends SettingGroup> = OwnConfig & ValuesOf<M>;

export interface ConfigOptions {
  readonly envFile?: string;
  readonly cwd?: string;
}

/** Reads every setting, or throws one error that tells all problems at once (`cause`: the list of them). */
export function loadSettings<M extends SettingGroup>(
  known: KnownSettings<M>,
  given: Environment,
  options: ConfigOptions = {},
): ConfigWith<M> {
  const problems: SettingProblem[] = [];
  const { environment, file } = everySource(known, given, options.envFile, problems);
  const texts = givenTexts(environment, problems, known);
  const values = readValues(known.entries, texts, problems) as SettingValues & ValuesOf<M>;
  const channels = channelConfigs(file.channels, known, problems);
  problems.push(...groundProblems(environment), ...misspeltNames(environment, known));
  problems.push(...unknownCredentials(environment, known), ...contradictions(known, texts), ...exposed(known, values));
  if (problems.length > 0) throw settingsError(problems);
  const different = notMainnet(values);
  return {
    ...values,
    ...paths(values, environment, options.cwd ?? process.cwd()),
    notMainnet: different,
    network: networkName(different),
    channels,
    secrets: allSecrets([texts, ...channels.map((each) => each.texts)], environment, known),
    secretNames: known.secretNames,
    environment,
  };
}

/** The environment, with what an env file, a settings file and systemd's credentials say under it. */
function everySource(
  known: KnownSettings,
  given: Environment,
  envFile: string | undefined,
  problems: SettingProblem[],
): { readonly environment: Environment; readonly file: SettingsFile } {
  const merged = mergedEnvironment(given, envFile, problems, known);
  const path = merged['NNS_WATCH_CONFIG']?.trim() ?? '';
  const file = path === '' ? NO_FILE : readSettingsFile(path, known, problems);
  // What the file says must not bring in variables that mean more than settings, such as proxies.
  return { environment: overSettingsFile(withCredentials(merged, known), file), file };
}

function allSecrets(
  given: readonly ReadonlyMap<string, string>[],
  environment: Environment,
  known: KnownSettings,
): readonly string[] {
  const all = given.flatMap((texts) => secretTexts(texts, environment, known));
  return [...new Set(all)].sort((a, b) => b.length - a.length);
}

/** Texts that nothing may show that is said before settings could be read, or after that failed. */
export function secretsAround(
  known: KnownSettings,
  given: Environment,
  envFile: string | undefined,
): readonly string[] {
  const { environment, file } = everySource(known, given, envFile, []);
  const channels = file.channels.map(({ settings }) => givenTexts(settings, [], known));
  return allSecrets([givenTexts(environment, [], known), ...channels], environment, known);
}

function exposed({ secretNames }: KnownSettings, values: SettingValues): SettingProblem[] {
  const allowed = (values.buildEnvAllow as readonly string[] | undefined) ?? [];
  const { name: setting } = settings.buildEnvAllow;
  return allowed.flatMap((given) => {
    if (secretNames.includes(given.toUpperCase())) {
      return [{ setting, rule: 'must not give a secret to the build', given }];
    }
    const taken = given !== 'NODE_OPTIONS' && refusedNames.includes(given);
    return taken ? [{ setting, rule: 'must not take the checking of certificates from the build', given }] : [];
  });
}

function paths(
  values: SettingValues,
  environment: Environment,
  cwd: string,
): Pick<OwnConfig, 'dataDir' | 'cacheDir' | 'database' | 'sigstoreTrustedRoot'> {
  const home = environment['HOME'] ?? homedir();
  const absolute = (path: string): string =>
    resolve(
      cwd,
      path.replace(/^~(?=\/|$)/, () => home),
    );
  const { databaseUrl, sigstoreTrustedRoot } = values;
  const dataDir = absolute(values.dataDir);
  return {
    dataDir,
    cacheDir: absolute(values.cacheDir),
    database:
      databaseUrl.kind === 'postgres'
        ? databaseUrl
        : {
            kind: 'sqlite',
            file: databaseUrl.file === '' ? join(dataDir, 'nns-watch.sqlite') : absolute(databaseUrl.file),
          },
    sigstoreTrustedRoot: sigstoreTrustedRoot === null ? null : absolute(sigstoreTrustedRoot),
  };
}
