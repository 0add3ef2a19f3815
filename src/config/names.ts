import { readdirSync } from 'node:fs';
import { isProxyName } from '../platform/proxy-env.ts';
import type { Environment, SettingProblem } from './problem.ts';
import type { KnownSettings } from './known-settings.ts';
import { refusedNames } from './refused-environment.ts';

const PREFIX = 'NNS_WATCH_';
const FARTHEST = 2;
const CREDENTIAL = 'nns-watch_';

function namesOf({ all, secretNames }: KnownSettings): readonly string[] {
  return [...new Set([...all.map(({ name }) => name), ...secretNames])];
}

/** What may stand in a settings file beside settings, since units, containers and shells give it to every program. */
const STANDARD = new Set([
  ...['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
  ...['NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'GIT_SSL_CAINFO'],
  ...[
    'PATH',
    'HOME',
    'USER',
    'LOGNAME',
    'SHELL',
    'TERM',
    'TZ',
    'LANG',
    'LANGUAGE',
    'TMPDIR',
    'UMASK',
    'CONTAINERS_CONF',
  ],
  ...['COLUMNS', 'NO_COLOR', 'FORCE_COLOR', 'NODE_OPTIONS', 'CARGO_TERM_COLOR', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME'],
]);

/** In a file that is ours alone, every name is a setting, a standard one, or one that the operator lets into the build. */
export function unknownInFile(
  fromFile: Readonly<Record<string, string | undefined>>,
  settings: KnownSettings,
): SettingProblem[] {
  const known = namesOf(settings);
  const toBuild = (fromFile['BUILD_ENV_ALLOW'] ?? '').split(/[\s,]+/);
  return Object.keys(fromFile)
    .filter((name) => !known.includes(name) && !STANDARD.has(name) && !name.startsWith('LC_'))
    .filter((name) => !toBuild.includes(name) && !refusedNames.includes(name) && !isMisspelt(name, known))
    .filter((name) => !isProxyName(name))
    .map((name) => unknown(name, 'is no setting, and no standard variable', known));
}

/** In an environment others have their names as well: only what looks like one of ours is refused. */
export function misspeltNames(environment: Environment, settings: KnownSettings): SettingProblem[] {
  const known = namesOf(settings);
  return Object.keys(environment)
    .filter((name) => isMisspelt(name, known))
    .map((name) => unknown(name, 'is no setting', known));
}

/** Systemd's directory of credentials: those with our prefix are ours. */
export function unknownCredentials(environment: Environment, settings: KnownSettings): SettingProblem[] {
  const directory = environment['CREDENTIALS_DIRECTORY']?.trim() ?? '';
  if (directory === '') return [];
  return listed(directory)
    .filter((file) => file.startsWith(CREDENTIAL))
    .map((file) => file.slice(CREDENTIAL.length))
    .filter((name) => !settings.secretNames.includes(name) || name.endsWith('_FILE'))
    .map((name) => unknown(name, `in the credentials directory is no secret setting`, namesOf(settings)));
}

function isMisspelt(name: string, known: readonly string[]): boolean {
  if (known.includes(name) || STANDARD.has(name)) return false;
  return name.startsWith(PREFIX) || nearest(name, known) !== null;
}

function unknown(name: string, what: string, known: readonly string[]): SettingProblem {
  // The name of no secret is a secret, but a line without `=` in its place might be one.
  return { setting: name.slice(0, 80), rule: `${what}${didYouMean(name, known)}`, given: null };
}

/** Ends a sentence with the known name that is meant, where one is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const near = nearest(name, known);
  return near === null ? '' : `: did you mean ${near}?`;
}

function nearest(name: string, known: readonly string[]): string | null {
  const ranked = known
    .map((other) => ({ other, far: distance(name.toUpperCase(), other.toUpperCase()) }))
    .filter(({ far }) => far <= FARTHEST)
    .sort((a, b) => a.far - b.far);
  return ranked[0]?.other ?? null;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment); above the bound just more. */
function distance(left: string, right: string): number {
  if (Math.abs(left.length - right.length) > FARTHEST) return FARTHEST + 1;
  let before: number[] = [];
  let above = Array.from({ length: right.length + 1 }, (_, at) => at);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let at = 1; at <= right.length; at += 1) {
      const same = left[row - 1] === right[at - 1] ? 0 : 1;
      const swapped = left[row - 1] === right[at - 2] && left[row - 2] === right[at - 1];
      current.push(
        Math.min(
          (above[at] ?? 0) + 1,
          (current[at - 1] ?? 0) + 1,
          (above[at - 1] ?? 0) + same,
          swapped && row > 1 && at > 1 ? (before[at - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    before = above;
    above = current;
  }
  return above[right.length] ?? FARTHEST + 1;
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
