import { WatchError } from '../../domain/errors.ts';
import { LIFELINE, SETUP } from './isolation-script.ts';

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
    throw new WatchError(
      'input',
      'secret-in-build-environment',
      `${secret} is a secret: it cannot be passed to a build.`,
    );
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

/** Who runs the build: root directly, anybody else by way of sudo and back. */
export interface BuildUser {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
}

export interface IsolationInputs {
  readonly user: BuildUser;
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** What the build may see and write, at its own path. */
  readonly area: string;
  /** Below `area`: the checkout, and what is shown as /tmp. */
  readonly checkout: string;
  readonly temporary: string;
  /** Absolute paths that are covered with nothing. */
  readonly hide: readonly string[];
}

/** Where secrets of ours or of others usually lie. */
const ALWAYS_HIDDEN = [
  '/root',
  '/home',
  '/tmp',
  '/etc/nns-watch',
  '/var/lib/nns-watch',
  '/var/cache/nns-watch',
  '/etc/credstore',
  '/etc/credstore.encrypted',
  '/run/credentials',
];

/** Without these nothing runs, podman least of all; a setting that covers one is a mistake. */
const NEEDED = [
  '/usr',
  '/bin',
  '/lib',
  '/etc/passwd',
  '/dev',
  '/proc',
  '/sys',
  '/run/containers',
  '/var/lib/containers',
];

/** Namespaces of its own for mounts and processes, that die with their parent. */
const NAMESPACES = [
  ...['setpriv', '--pdeathsig', 'KILL'],
  ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private', '--'],
] as const;

/** The exact call that runs a build apart from everything that we hold. */
export function isolatedArgv(inputs: IsolationInputs): readonly [string, ...string[]] {
  const { user, area, temporary, checkout } = inputs;
  const hidden = hiddenPaths(inputs);
  const command = plainArgv(inputs);
  const inside = [...asUser(user), ...command];
  // Its input is a socket, from which bash concludes that it was called over the network, and reads ~/.bashrc.
  const setup = [
    'bash',
    '--norc',
    '-c',
    SETUP,
    'nns-watch-build',
    area,
    temporary,
    ...hidden,
    '--',
    checkout,
    ...inside,
  ];
  return asRoot(user, [...NAMESPACES, ...setup]);
}

/** The command in the environment that it may have, and in nothing else of ours. */
export function plainArgv({ command, env }: Pick<IsolationInputs, 'command' | 'env'>): readonly [string, ...string[]] {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return ['env', '-i', ...variables, ...command];
}

/** The same without isolation: only where the operator said so. What it makes is as public as within the isolation. */
export function unconfinedArgv(inputs: Pick<IsolationInputs, 'command' | 'env'>): readonly [string, ...string[]] {
  return ['sh', '-c', 'umask 022; exec "$@"', 'nns-watch-build', ...plainArgv(inputs)];
}

/** Asks whether this machine lets us make such namespaces at all. Like every call by way of sudo, it needs a lifeline. */
export function probeArgv(user: BuildUser): readonly [string, ...string[]] {
  return asRoot(user, [...NAMESPACES, 'mount', '-t', 'tmpfs', 'nns-watch', '/tmp']);
}

/** A short command of root's, in a process namespace of its own: no number of a process means one of the host's. */
export function apartAsRootArgv(user: BuildUser, command: readonly string[]): readonly [string, ...string[]] {
  return asRoot(user, [...NAMESPACES, ...command]);
}

/** A short command as the build would run it: in namespaces of its own, as its user with that user's groups. */
export function asBuildUserArgv(user: BuildUser, command: readonly string[]): readonly [string, ...string[]] {
  return asRoot(user, [...NAMESPACES, ...asUser(user), ...command]);
}

function asUser({ uid, gid }: BuildUser): readonly string[] {
  return uid === 0 ? [] : ['setpriv', '--reuid', String(uid), '--regid', String(gid), '--init-groups', '--'];
}

function asRoot(user: BuildUser, argv: readonly [string, ...string[]]): readonly [string, ...string[]] {
  return user.uid === 0 ? argv : ['sudo', '-n', '--', 'sh', '-c', LIFELINE, 'nns-watch-build', ...argv];
}

/** Parents first: what lies in something hidden is hidden with it. */
function hiddenPaths({ user, hide, area }: IsolationInputs): string[] {
  // Some service users call the root directory their home.
  const homes = user.home === '/' ? [] : [user.home];
  const all = [...new Set([...ALWAYS_HIDDEN, ...homes, ...hide])].sort((a, b) => a.length - b.length);
  for (const path of all) {
    const covers = NEEDED.find((needed) => isWithin(needed, path));
    if (!path.startsWith('/') || covers !== undefined) {
      throw new WatchError(
        'input',
        'cannot-hide',
        `${path} cannot be hidden from the build, which needs ${covers ?? '/'}.`,
      );
    }
    if (isWithin(path, area)) {
      throw new WatchError('input', 'cannot-hide', `${path} is inside a directory that the build needs.`);
    }
  }
  return all.filter((path, index) => !all.slice(0, index).some((parent) => isWithin(path, parent)));
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}
