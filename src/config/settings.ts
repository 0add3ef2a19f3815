import type { Mirror } from '../domain/artifact.ts';
import { COMPONENTS, type Component } from '../domain/component.ts';
import { section, type ValuesOf } from '../platform/setting.ts';
import * as common from '../platform/setting-values.ts';
import * as values from './values.ts';

const path = common.text('must be a path', /^[^\0]+$/);
/** Making a directory below /proc keeps Node.js busy for ever. */
const directory = common.text('must be a path outside of /proc', /^(?!\/+proc(?:\/|$))[^\0]+$/);
const canisterId = common.text(
  'must be a canister id such as rrkah-fqaaa-aaaaa-aaaaq-cai',
  /^[a-z2-7]{5}(-[a-z2-7]{1,5})+$/,
);
const variable = common.text('must be the name of an environment variable', /^[A-Za-z_][A-Za-z0-9_]*$/);
const https = common.url('https:');

const mirrors: Record<string, readonly Mirror[]> = {
  both: ['systems', 'network'],
  systems: ['systems'],
  network: ['network'],
};
const downloadSource = common.oneOf('both', 'systems', 'network').transform((word) => mirrors[word] ?? []);
/** Only the components that are named: each of them is asked for, as by a flag. `all` names none. */
const components = common
  .listOf(common.oneOf<Component | 'all'>('all', ...COMPONENTS.map((row) => row.component)))
  .transform((words): readonly Component[] =>
    COMPONENTS.map((row) => row.component).filter((name) => !words.includes('all') && words.includes(name)),
  );

const network = section('The Internet Computer');
const disk = section('Where things are kept');
const check = section('What is verified, and against what');
const build = section('The build');
/** The heading of what tells people, which no builder needs. */
export const FOR_PEOPLE = 'Who is told';
const chat = section(FOR_PEOPLE);
const page = section('Status page and logs');

/** Every setting of the program's own, once; what a notifier needs stands with that notifier. */
export const settings = {
  icHosts: network.set(
    'IC_HOSTS',
    common.listOf(https),
    'https://icp-api.io,https://icp0.io,https://ic0.app',
    'Boundary nodes, tried in turn.',
  ),
  icRootKey: network.optional('IC_ROOT_KEY', values.rootKey, 'Root key of another network than mainnet, as hex DER.'),
  governanceCanisterId: network.set(
    'GOVERNANCE_CANISTER_ID',
    canisterId,
    'rrkah-fqaaa-aaaaa-aaaaq-cai',
    'The governance canister.',
  ),
  registryCanisterId: network.set(
    'REGISTRY_CANISTER_ID',
    canisterId,
    'rwlgt-iiaaa-aaaaa-aaaaa-cai',
    'The registry canister.',
  ),
  pollCron: network.set('POLL_CRON', values.cron, '* * * * *', 'When to look for proposals, in UTC.'),

  dataDir: disk.set('NNS_WATCH_DATA_DIR', directory, './data', 'Database, evidence and logs.'),
  cacheDir: disk.set(
    'NNS_WATCH_CACHE_DIR',
    directory,
    '~/.cache/nns-watch',
    'Downloads, git clones and workspaces of builds: all of it may be deleted.',
  ),
  databaseUrl: disk.sharedSecret(
    'DATABASE_URL',
    values.databaseUrl,
    'sqlite:',
    'sqlite: and a path (without a path, a file in the data directory), or postgres://user:password@host/database.',
  ),
  diskBudgetBytes: disk.set(
    'DISK_BUDGET_GB',
    values.gigabytes,
    '150',
    'The most that all of this may take (10^9 bytes).',
  ),
  minDiskBytes: disk.set(
    'MIN_DISK_GB',
    values.gigabytes,
    '100',
    'Free disk below which nothing is built (10^9 bytes).',
  ),
  minRamBytes: disk.set('MIN_RAM_GB', values.gigabytes, '16', 'Memory below which nothing is built (10^9 bytes).'),

  mirrors: check.set('DOWNLOAD_SOURCE', downloadSource, 'both', 'Download hosts to compare: systems, network or both.'),
  components: check.set(
    'COMPONENTS',
    components,
    'all',
    'Images to verify, the elected one first: all, or any of guestos, hostos, setupos, recovery; each named one is required.',
  ),
  icRepoUrl: check.set('IC_REPO_URL', common.url('https:'), 'https://github.com/dfinity/ic', 'The official source.'),
  githubToken: check.secret(
    'GITHUB_TOKEN',
    common.token,
    'Only raises the rate limit for attestations; needs no scope, and never comes near the build.',
  ),
  sigstoreTrustedRoot: check.optional(
    'SIGSTORE_TRUSTED_ROOT',
    path,
    'File with another trusted_root.json than the bundled public-good one, which TUF refreshes.',
  ),
  stallTimeoutMs: check.set(
    'STALL_TIMEOUT',
    values.duration,
    '60s',
    'A transfer without any progress for so long is broken off and tried again, a few times.',
  ),

  buildTimeoutMs: build.set('BUILD_TIMEOUT', values.duration, '8h', 'Then TERM, and 30 s later KILL.'),
  buildEnvAllow: build.set(
    'BUILD_ENV_ALLOW',
    common.listOf(variable),
    'PATH,HOME,USER,LANG,LC_ALL,TZ,TERM,CARGO_TERM_COLOR,CONTAINERS_CONF',
    'Variables that the build may see, besides proxies, of which no password passes. Names of secrets are refused.',
  ),
  buildIsolation: build.set(
    'BUILD_ISOLATION',
    common.oneOf('required', 'if-possible'),
    'required',
    'if-possible: also build where the machine allows no namespaces, and the build can read what we can.',
  ),

  canaryCron: check.set(
    'CANARY_CRON',
    values.cronOrOff,
    '0 5 * * 1',
    'When to judge again what is known to be right and wrong, in UTC; off: never.',
  ),

  configFile: chat.optional(
    'NNS_WATCH_CONFIG',
    path,
    'Settings file (YAML) with these names in lower case, and several channels with filters; also --config.',
    { example: '/etc/nns-watch/nns-watch.yaml' },
  ),
  remindersMs: chat.set(
    'REMINDERS',
    common.listOf(values.duration),
    '24h,6h,1h',
    'Times before a deadline at which a missing verdict is told again.',
  ),
  neuronIds: chat.optional(
    'NEURON_IDS',
    common.listOf(common.nat64),
    'Public neurons: reminders come while one of them has not voted.',
  ),
  quietHours: chat.optional(
    'QUIET_HOURS',
    values.quietHours,
    'Daily span without pings, in UTC or a named time zone. A mismatch pierces it.',
    { example: '22:00-07:00 Europe/Zurich' },
  ),
  forumUrl: chat.optional(
    'FORUM_URL',
    common.url('https:', 'http:'),
    'Discourse forum in which `show --forum-draft` keeps a draft. Nothing is ever written there by itself.',
    { needs: 'FORUM_API_KEY', example: 'https://forum.dfinity.org' },
  ),
  forumApiKey: chat.secret(
    'FORUM_API_KEY',
    common.token,
    'User API key of that forum, with the scopes read and write.',
    { needs: 'FORUM_URL' },
  ),

  statusListen: page.set(
    'STATUS_LISTEN',
    values.listenAddress,
    '127.0.0.1:8180',
    'Where the read-only status page listens: host:port, or off.',
  ),
  statusPublicUrl: page.optional(
    'STATUS_PUBLIC_URL',
    common.url('https:', 'http:'),
    'Where people reach that page, at the root of a host: linked in messages, and answered by this name.',
  ),
  deadmanUrl: page.secret('DEADMAN_URL', common.url('https:', 'http:'), 'Asked regularly, only while all is well.'),
  logLevel: page.set(
    'LOG_LEVEL',
    common.oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
    'trace, debug, info, warn, error, fatal or silent.',
  ),
  logFormat: page.optional(
    'LOG_FORMAT',
    common.oneOf('pretty', 'json'),
    'pretty or json. Not set: pretty on a terminal, else json.',
  ),
};

export type SettingValues = ValuesOf<typeof settings>;
