import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { withProxyUrls } from '../platform/proxy-env.ts';
import type { KnownSettings } from './known-settings.ts';
import { unknownInFile } from './names.ts';
import type { Environment, SettingProblem } from './problem.ts';
import type { SettingsFile } from './settings-file.ts';
import { readSmallFile } from './small-file.ts';

/** The environment over the env file: what was set for this one start wins. */
export function mergedEnvironment(
  environment: Environment,
  envFile: string | undefined,
  problems: SettingProblem[],
  settings: KnownSettings,
): Environment {
  if (envFile === undefined) return withProxyUrls(environment);
  const contents = readSmallFile(envFile);
  if (contents === null) {
    problems.push({ setting: '--env-file', rule: 'must be a readable file of at most 64 KiB', given: envFile });
    return withProxyUrls(environment);
  }
  const fromFile = parseEnv(contents);
  const certificates = fromFile['NODE_EXTRA_CA_CERTS'];
  if (certificates !== undefined && certificates !== environment['NODE_EXTRA_CA_CERTS']) {
    problems.push({
      setting: 'NODE_EXTRA_CA_CERTS',
      rule: 'must be set in the environment: Node reads it before any settings file',
      given: certificates,
    });
  }
  problems.push(...unknownInFile(fromFile, settings));
  return withProxyUrls({ ...fromFile, ...environment });
}

/** The environment over the settings file: what says a setting there in either of its ways takes it out of the file. */
export function overSettingsFile(environment: Environment, { texts }: SettingsFile): Environment {
  const isGiven = (name: string): boolean => {
    const plain = name.replace(/_FILE$/, '');
    return [name, plain, `${plain}_FILE`].some((way) => nonEmpty(environment[way]) !== undefined);
  };
  const rest = Object.entries(texts).filter(([name]) => !isGiven(name));
  return { ...environment, ...Object.fromEntries(rest) };
}

/**
 * A secret NAME may also come as the systemd credential `nns-watch_NAME`, which a whole directory loaded by
 * `LoadCredential=nns-watch:…` becomes: it counts as NAME_FILE. @see systemd.exec(5)
 */
export function withCredentials(environment: Environment, { all }: KnownSettings): Environment {
  const directory = nonEmpty(environment['CREDENTIALS_DIRECTORY']);
  if (directory === undefined) return environment;
  const files = all
    .filter(({ name, secret }) => secret && nonEmpty(environment[`${name}_FILE`]) === undefined)
    .map(({ name }) => [`${name}_FILE`, join(directory, `nns-watch_${name}`)] as const)
    .filter(([, path]) => existsSync(path));
  return { ...environment, ...Object.fromEntries(files) };
}

/** The text of every setting that was given, its own or from the file that `NAME_FILE` names. */
export function givenTexts(
  environment: Environment,
  problems: SettingProblem[],
  { all }: Pick<KnownSettings, 'all'>,
): Map<string, string> {
  const texts = new Map<string, string>();
  for (const { name, secret } of all) {
    const direct = nonEmpty(environment[name]);
    const file = nonEmpty(environment[`${name}_FILE`]);
    if (file !== undefined && !secret) {
      problems.push({ setting: `${name}_FILE`, rule: `does not exist: ${name} is no secret`, given: file });
    } else if (file !== undefined && direct !== undefined) {
      problems.push({ setting: name, rule: `must be given once, not as ${name}_FILE too`, given: null });
    }
    const text = direct ?? (file !== undefined && secret ? secretFrom(name, file, problems) : undefined);
    if (text !== undefined) texts.set(name, text);
  }
  return texts;
}

function secretFrom(name: string, file: string, problems: SettingProblem[]): string | undefined {
  const secret = nonEmpty(readSmallFile(file)?.trim());
  if (secret === undefined) {
    problems.push({
      setting: `${name}_FILE`,
      rule: 'must name a readable file that is not empty, of at most 64 KiB',
      given: file,
    });
  }
  return secret;
}

/** An empty value counts as not set, as in compose files and units that pass everything on. */
function nonEmpty(text: string | undefined): string | undefined {
  return text?.trim() === '' ? undefined : text?.trim();
}
