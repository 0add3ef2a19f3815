import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { SettingGroup, ValuesOf } from '../platform/setting.ts';
import type { KnownSettings } from './known-settings.ts';
import { networkName, notMainnet } from './network.ts';
import { groundProblems, refusedNames } from './refused-environment.ts';
import { misspeltNames, unknownCredentials } from './names.ts';
import { settingsError, type Environment, type SettingProblem } from './problem.ts';
import { givenTexts, mergedEnvironment, withCredentials } from './sources.ts';
import { secretTexts } from './secrets.ts';
import { settings, type SettingValues } from './settings.ts';

export type { SettingProblem } from './problem.ts';

/** The program's own settings, read and checked. Paths are absolute, times milliseconds, sizes bytes; null: not set. */
export interface OwnConfig extends SettingValues {
  readonly databaseFile: string;
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
  const environment = withCredentials(mergedEnvironment(given, options.envFile, problems, known), known);
  const texts = givenTexts(environment, problems, known);
  const values = readValues(known, texts, problems);
  problems.push(...groundProblems(environment), ...misspeltNames(environment, known));
  problems.push(...unknownCredentials(environment, known), ...contradictions(known, texts), ...exposed(known, values));
  if (problems.length > 0) throw settingsError(problems);
  const different = notMainnet(values);
  return {
    ...values,
    ...paths(values, environment, options.cwd ?? process.cwd()),
    notMainnet: different,
    network: networkName(different),
    secrets: secretTexts(texts, environment, known),
    secretNames: known.secretNames,
    environment,
  };
}

/** Texts that nothing may show that is said before settings could be read, or after that failed. */
export function secretsAround(
  known: KnownSettings,
  given: Environment,
  envFile: string | undefined,
): readonly string[] {
  const environment = withCredentials(mergedEnvironment(given, envFile, [], known), known);
  return secretTexts(givenTexts(environment, [], known), environment, known);
}

/** Values of settings with a problem are missing; nobody sees them, since the problems are thrown. */
function readValues<M extends SettingGroup>(
  known: KnownSettings<M>,
  texts: ReadonlyMap<string, string>,
  problems: SettingProblem[],
): SettingValues & ValuesOf<M> {
  const entries = known.entries.map(([key, { name, value, fallback, secret }]) => {
    const text = texts.get(name) ?? fallback;
    if (text === null) return [key, null];
    const result = value.safeParse(text);
    for (const issue of result.error?.issues ?? []) {
      problems.push({ setting: name, rule: issue.message, given: secret ? null : withoutPassword(text) });
    }
    return [key, result.data];
  });
  return Object.fromEntries(entries) as SettingValues & ValuesOf<M>;
}

/** A URL in a setting that is no secret may still carry a password. */
function withoutPassword(text: string): string {
  // Malformed ones too, whose user name and password may hold anything: up to the last @ of the word.
  return text.replace(/\/\/\S*@/g, '//…@');
}

function contradictions({ all }: KnownSettings, texts: ReadonlyMap<string, string>): SettingProblem[] {
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
): Pick<OwnConfig, 'dataDir' | 'cacheDir' | 'databaseFile' | 'sigstoreTrustedRoot'> {
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
    databaseFile: databaseUrl === '' ? join(dataDir, 'nns-watch.sqlite') : absolute(databaseUrl),
    sigstoreTrustedRoot: sigstoreTrustedRoot === null ? null : absolute(sigstoreTrustedRoot),
  };
}
