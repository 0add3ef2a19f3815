import { WatchError } from '../../domain/errors.ts';

/** What the build may know of our environment, unless the operator says otherwise. */
export const DEFAULT_BUILD_ENV = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TZ',
  'TERM',
  'CARGO_TERM_COLOR',
  'CONTAINERS_CONF',
] as const;

const PROXIES = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]);

export interface BuildEnvInputs {
  readonly ours: Readonly<Record<string, string | undefined>>;
  readonly allow: readonly string[];
  /** Names that are never passed on, whatever `allow` says. */
  readonly secretNames: readonly string[];
  /** Scratch directory of this build. */
  readonly home: string;
  readonly user: string;
  /** The copy, where CONTAINERS_CONF is set. */
  readonly containersConf: string | null;
}

/** The whole environment of a build: the allowed names, the same values on every machine where that is possible. */
export function buildEnvironment(inputs: BuildEnvInputs): Record<string, string> {
  const { ours, allow, secretNames } = inputs;
  const secret = allow.find((name) => secretNames.includes(name));
  if (secret !== undefined) {
    throw new WatchError('input', 'secret-in-build-environment', `${secret} is a secret; no build may have it.`);
  }
  const fixed: Record<string, string | null> = {
    PATH: ours['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: inputs.home,
    USER: inputs.user,
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    TERM: 'dumb',
    CONTAINERS_CONF: inputs.containersConf,
  };
  const given = [...allow, ...PROXIES].flatMap((name) => {
    const value = name in fixed ? fixed[name] : PROXIES.includes(name) ? withoutUserinfo(ours[name]) : ours[name];
    return value === undefined || value === null ? [] : [[name, value] as const];
  });
  return Object.fromEntries(given);
}

/** A proxy's address without the user and password in it; a list of hosts stays as it is. */
function withoutUserinfo(value: string | undefined): string | undefined {
  return value?.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/i, '$1');
}
