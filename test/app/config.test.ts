import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exampleFile } from '../../src/app/config-example.ts';
import { allSettings } from '../../src/app/config-settings.ts';
import { loadConfig, type ConfigOptions, type SettingProblem } from '../../src/app/config.ts';
import { WatchError } from '../../src/domain/errors.ts';

const home = { HOME: '/home/op' };
const root = resolve(import.meta.dirname, '../..');

function problemsOf(env: Record<string, string>, options: ConfigOptions = {}): readonly SettingProblem[] {
  return refusal(env, options).cause as SettingProblem[];
}

function refusal(env: Record<string, string>, options: ConfigOptions = {}): WatchError {
  try {
    loadConfig(env, options);
  } catch (thrown) {
    if (thrown instanceof WatchError) return thrown;
    throw thrown;
  }
  throw new Error('the settings were accepted');
}

function fileWith(contents: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'nns-watch-config-')), 'file');
  writeFileSync(path, contents);
  return path;
}

describe('the defaults', () => {
  it('are those of mainnet and of the contract', () => {
    const config = loadConfig(home, { cwd: '/srv' });
    expect(config).toMatchObject({
      network: 'mainnet',
      notMainnet: [],
      icHosts: ['https://icp-api.io', 'https://icp0.io', 'https://ic0.app'],
      icRootKey: null,
      governanceCanisterId: 'rrkah-fqaaa-aaaaa-aaaaq-cai',
      registryCanisterId: 'rwlgt-iiaaa-aaaaa-aaaaa-cai',
      pollCron: '* * * * *',
      dataDir: '/srv/data',
      cacheDir: '/home/op/.cache/nns-watch',
      databaseFile: '/srv/data/nns-watch.sqlite',
      mirrors: ['systems', 'network'],
      components: ['guestos', 'hostos', 'setupos', 'recovery'],
      icRepoUrl: 'https://github.com/dfinity/ic',
      buildTimeoutMs: 8 * 3_600_000,
      stallTimeoutMs: 60_000,
      minDiskBytes: 100e9,
      minRamBytes: 16e9,
      diskBudgetBytes: 150e9,
      remindersMs: [86_400_000, 21_600_000, 3_600_000],
      statusListen: { host: '127.0.0.1', port: 8180 },
      logLevel: 'info',
      logFormat: null,
      secrets: [],
    });
    expect(config.githubToken).toBeNull();
    expect(config.discordWebhookUrls).toBeNull();
  });

  it('belong to these names, of which these are secrets: users and other programs rely on all of it', () => {
    const off = null;
    expect(Object.fromEntries(allSettings.map(({ name, fallback }) => [name, fallback]))).toEqual({
      IC_HOSTS: 'https://icp-api.io,https://icp0.io,https://ic0.app',
      IC_ROOT_KEY: off,
      GOVERNANCE_CANISTER_ID: 'rrkah-fqaaa-aaaaa-aaaaq-cai',
      REGISTRY_CANISTER_ID: 'rwlgt-iiaaa-aaaaa-aaaaa-cai',
      POLL_CRON: '* * * * *',
      NNS_WATCH_DATA_DIR: './data',
      NNS_WATCH_CACHE_DIR: '~/.cache/nns-watch',
      DATABASE_URL: 'sqlite:',
      DOWNLOAD_SOURCE: 'both',
      COMPONENTS: 'all',
      IC_REPO_URL: 'https://github.com/dfinity/ic',
      GITHUB_TOKEN: off,
      SIGSTORE_TRUSTED_ROOT: off,
      BUILD_TIMEOUT: '8h',
      BUILD_ENV_ALLOW: 'PATH,HOME,USER,LANG,LC_ALL,TZ,TERM,CARGO_TERM_COLOR,CONTAINERS_CONF',
      BUILD_ISOLATION: 'required',
      STALL_TIMEOUT: '60s',
      MIN_DISK_GB: '100',
      MIN_RAM_GB: '16',
      DISK_BUDGET_GB: '150',
      DISCORD_WEBHOOK_URL: off,
      DISCORD_BOT_TOKEN: off,
      DISCORD_CHANNEL_ID: off,
      DISCORD_MENTION: off,
      SLACK_WEBHOOK_URL: off,
      SLACK_BOT_TOKEN: off,
      SLACK_CHANNEL_ID: off,
      SLACK_APP_TOKEN: off,
      SLACK_ADMINS: off,
      WEBHOOK_URL: off,
      WEBHOOK_SECRET: off,
      REMINDERS: '24h,6h,1h',
      NEURON_IDS: off,
      QUIET_HOURS: off,
      STATUS_LISTEN: '127.0.0.1:8180',
      STATUS_PUBLIC_URL: off,
      DEADMAN_URL: off,
      LOG_LEVEL: 'info',
      LOG_FORMAT: off,
    });
    expect(allSettings.filter(({ secret }) => secret).map(({ name }) => name)).toEqual([
      'GITHUB_TOKEN',
      ...['DISCORD_WEBHOOK_URL', 'DISCORD_BOT_TOKEN'],
      ...['SLACK_WEBHOOK_URL', 'SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN'],
      ...['WEBHOOK_URL', 'WEBHOOK_SECRET'],
      'DEADMAN_URL',
    ]);
  });

  it('let the build see the allowed variables only, none of them secret', () => {
    const { buildEnvAllow, secretNames } = loadConfig(home);
    expect(buildEnvAllow).toEqual(
      expect.arrayContaining(['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TZ', 'TERM', 'CARGO_TERM_COLOR']),
    );
    expect(buildEnvAllow.filter((name) => secretNames.includes(name))).toEqual([]);
    expect(secretNames).toEqual(expect.arrayContaining(['GITHUB_TOKEN', 'GITHUB_TOKEN_FILE', 'DISCORD_WEBHOOK_URL']));
  });

  it('count an empty value as not set', () => {
    expect(loadConfig({ ...home, GITHUB_TOKEN: '', STALL_TIMEOUT: ' ' })).toMatchObject({
      githubToken: null,
      stallTimeoutMs: 60_000,
    });
  });
});

describe('given values', () => {
  it('are read with their units and forms', () => {
    const config = loadConfig(
      {
        ...home,
        BUILD_TIMEOUT: '90m',
        MIN_DISK_GB: '0.5',
        DOWNLOAD_SOURCE: 'network',
        COMPONENTS: 'hostos, guestos',
        DATABASE_URL: 'sqlite:db/watch.sqlite',
        STATUS_LISTEN: '[::1]:9000',
        QUIET_HOURS: '22:00-07:30 Europe/Zurich',
        NEURON_IDS: '18446744073709551615,27',
        REMINDERS: '2d,30m',
        POLL_CRON: '*/5 0-6,22 * * 1-5',
      },
      { cwd: '/srv' },
    );
    expect(config).toMatchObject({
      buildTimeoutMs: 5_400_000,
      minDiskBytes: 500_000_000,
      mirrors: ['network'],
      components: ['guestos', 'hostos'],
      databaseFile: '/srv/db/watch.sqlite',
      statusListen: { host: '::1', port: 9000 },
      quietHours: { fromMinute: 1320, toMinute: 450, timeZone: 'Europe/Zurich' },
      neuronIds: ['18446744073709551615', '27'],
      remindersMs: [172_800_000, 1_800_000],
      pollCron: '*/5 0-6,22 * * 1-5',
    });
  });

  it.each([
    ['IC_HOSTS', 'http://icp-api.io'],
    ['IC_HOSTS', ','],
    ['IC_ROOT_KEY', 'abcd'],
    ['GOVERNANCE_CANISTER_ID', 'governance'],
    ['POLL_CRON', '* * *'],
    ['POLL_CRON', '61 * * * *'],
    ['POLL_CRON', '5-2 * * * *'],
    ['POLL_CRON', '*/0 * * * *'],
    ['NNS_WATCH_DATA_DIR', '/proc/nowhere'],
    ['NNS_WATCH_CACHE_DIR', '//proc'],
    ['DATABASE_URL', 'postgres://watch:watch@db/watch'],
    ['DATABASE_URL', 'sqlite::memory:'],
    ['DOWNLOAD_SOURCE', 'all'],
    ['COMPONENTS', 'guestos,desktop'],
    ['IC_REPO_URL', 'ext::sh -c id'],
    ['IC_REPO_URL', 'https://me:secret@github.com/dfinity/ic'],
    ['BUILD_TIMEOUT', '8'],
    ['BUILD_TIMEOUT', '0s'],
    ['BUILD_TIMEOUT', '99d'],
    ['MIN_RAM_GB', '16G'],
    ['MIN_RAM_GB', '-1'],
    ['DISCORD_MENTION', '@channel'],
    ['NEURON_IDS', '18446744073709551616'],
    ['QUIET_HOURS', '22:00-25:00'],
    ['QUIET_HOURS', '22:00-07:00 Mars/Olympus'],
    ['STATUS_LISTEN', '8180'],
    ['STATUS_LISTEN', '127.0.0.1:70000'],
    ['LOG_LEVEL', 'loud'],
    ['LOG_FORMAT', 'xml'],
  ])('refuse %s=%s, naming the setting', (setting, given) => {
    const [problem, ...others] = problemsOf({ ...home, [setting]: given });
    expect(problem?.setting).toBe(setting);
    expect(problem?.rule).toMatch(/must/);
    expect(others).toEqual([]);
  });

  it('are all complained about at once, as a mistake of the operator', () => {
    const error = refusal({ ...home, MIN_DISK_GB: 'lots', LOG_LEVEL: 'loud', BUILD_TIMEOUT: 'ever' });
    expect([error.kind, error.code]).toEqual(['input', 'settings']);
    expect(error.message.split('\n')).toHaveLength(4);
    expect(error.message).toContain('MIN_DISK_GB must be a number of gigabytes, such as 100 or 0.5 (given: lots)');
  });

  it('are told as one inert line each', () => {
    const { message } = refusal({ ...home, LOG_LEVEL: '\u001b[31mloud\nVERIFIED\u202e' });
    expect(message.split('\n')).toHaveLength(2);
    expect(message).not.toMatch(/[\u001b\u202e]/);
  });

  it('refuse unknown names of our own form and leave others alone', () => {
    expect(problemsOf({ ...home, NNS_WATCH_CACHEDIR: '/x', SOMETHING: 'else' }).map((p) => p.setting)).toEqual([
      'NNS_WATCH_CACHEDIR',
    ]);
  });

  it('refuse to let a secret into the build, in any spelling', () => {
    const given = problemsOf({ ...home, BUILD_ENV_ALLOW: 'PATH GITHUB_TOKEN slack_bot_token_file' });
    expect(given.map((problem) => problem.given)).toEqual(['GITHUB_TOKEN', 'slack_bot_token_file']);
  });

  it('must be complete and free of contradictions', () => {
    const bot = { DISCORD_BOT_TOKEN: 'token-of-a-bot', DISCORD_WEBHOOK_URL: 'https://discord.com/api/webhooks/1/abc' };
    const rules = problemsOf({ ...home, ...bot, WEBHOOK_URL: 'https://hooks.example/in' }).map(
      ({ setting, rule }) => `${setting} ${rule}`,
    );
    expect(rules).toEqual([
      'DISCORD_BOT_TOKEN needs DISCORD_CHANNEL_ID as well',
      'WEBHOOK_URL needs WEBHOOK_SECRET as well',
      'DISCORD_WEBHOOK_URL cannot be set together with DISCORD_BOT_TOKEN',
    ]);
  });
});

describe('another network', () => {
  const key = `308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100${'AB'.repeat(96)}`;

  it('is named with every setting that differs', () => {
    const config = loadConfig({
      ...home,
      IC_ROOT_KEY: key,
      SIGSTORE_TRUSTED_ROOT: 'root.json',
      GOVERNANCE_CANISTER_ID: 'aaaaa-aa',
      IC_REPO_URL: 'https://github.com/other/ic',
    });
    expect(config.icRootKey).toHaveLength(133);
    expect(config.network).toBe('NOT MAINNET: IC_ROOT_KEY, SIGSTORE_TRUSTED_ROOT, GOVERNANCE_CANISTER_ID, IC_REPO_URL');
  });

  it('is not claimed for mainnet values that are spelt out', () => {
    const config = loadConfig({
      ...home,
      IC_ROOT_KEY:
        '308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100814c0e6ec71fab583b08bd81373c255c3c371b2e84863c98a4f1e08b74235d14fb5d9c0cd546d9685f913a0c0b2cc5341583bf4b4392e467db96d65b9bb4cb717112f8472e0d5a4d14505ffd7484b01291091c5f87b98883463f98091a0baaae',
      REGISTRY_CANISTER_ID: 'rwlgt-iiaaa-aaaaa-aaaaa-cai',
      IC_REPO_URL: 'https://github.com/dfinity/ic.git',
    });
    expect(config.network).toBe('mainnet');
  });
});

describe('secrets', () => {
  const webhook = 'https://discord.com/api/webhooks/123456/token-token-token-token';

  it('come from a file as well, without its last line end', () => {
    const config = loadConfig({ ...home, GITHUB_TOKEN_FILE: fileWith('ghp_0123456789\n') });
    expect(config.githubToken).toBe('ghp_0123456789');
    expect(config.secrets).toEqual(['ghp_0123456789']);
  });

  it('come as systemd credentials of their name, each or none', () => {
    const directory = mkdtempSync(join(tmpdir(), 'nns-watch-credentials-'));
    expect(loadConfig({ ...home, CREDENTIALS_DIRECTORY: directory }).githubToken).toBeNull();
    writeFileSync(join(directory, 'nns-watch_GITHUB_TOKEN'), 'ghp_0123456789\n');
    writeFileSync(join(directory, 'nns-watch_POLL_CRON'), '* * * * * *');
    const config = loadConfig({ ...home, CREDENTIALS_DIRECTORY: directory });
    expect([config.githubToken, config.pollCron]).toEqual(['ghp_0123456789', '* * * * *']);
    const twice = problemsOf({ ...home, CREDENTIALS_DIRECTORY: directory, GITHUB_TOKEN: 'ghp_9876543210' });
    expect(twice.map(({ setting }) => setting)).toEqual(['GITHUB_TOKEN']);
  });

  it('are refused when given twice, when their file is missing or empty, and when they are no secret', () => {
    const file = fileWith('ghp_0123456789');
    const settingsOf = (env: Record<string, string>): string[] =>
      problemsOf({ ...home, ...env }).map(({ setting }) => setting);
    expect(settingsOf({ GITHUB_TOKEN: 'ghp_0123456789', GITHUB_TOKEN_FILE: file })).toEqual(['GITHUB_TOKEN']);
    expect(settingsOf({ GITHUB_TOKEN_FILE: '/nonexistent' })).toEqual(['GITHUB_TOKEN_FILE']);
    expect(settingsOf({ GITHUB_TOKEN_FILE: fileWith('\n') })).toEqual(['GITHUB_TOKEN_FILE']);
    expect(settingsOf({ IC_HOSTS_FILE: file })).toEqual(['IC_HOSTS_FILE']);
  });

  it('are listed with the parts of them that a log could show', () => {
    const { secrets } = loadConfig({
      ...home,
      DISCORD_WEBHOOK_URL: webhook,
      HTTPS_PROXY: 'http://me:hunter22hunter@proxy.example:3128',
    });
    expect(secrets).toEqual(
      expect.arrayContaining([
        webhook,
        '/api/webhooks/123456/token-token-token-token',
        'token-token-token-token',
        'hunter22hunter',
      ]),
    );
  });

  it('are never shown in a problem', () => {
    const { message, cause } = refusal({
      ...home,
      GITHUB_TOKEN: 'two words hidden',
      SLACK_WEBHOOK_URL: 'ftp://hooks.slack.com/services/hidden',
      DATABASE_URL: 'postgres://watch:hidden@db/watch',
      IC_REPO_URL: 'https://me:hidden@github.com/dfinity/ic',
    });
    expect(message).toContain('GITHUB_TOKEN');
    expect(message + JSON.stringify(cause)).not.toContain('hidden');
  });
});

describe('the settings file', () => {
  it('is read, and the environment wins over it', () => {
    const envFile = fileWith('# mine\nSTALL_TIMEOUT=5s\nLOG_LEVEL="debug"\nHTTPS_PROXY=http://proxy.example:3128\n');
    const config = loadConfig({ ...home, LOG_LEVEL: 'warn' }, { envFile });
    expect(config).toMatchObject({ stallTimeoutMs: 5000, logLevel: 'warn' });
    expect(config.environment['HTTPS_PROXY']).toBe('http://proxy.example:3128');
  });

  it('must exist, and its mistakes are told like others', () => {
    expect(problemsOf(home, { envFile: '/nonexistent' }).map((p) => p.setting)).toEqual(['--env-file']);
    expect(problemsOf(home, { envFile: fileWith('NNS_WATCH_TYPO=1\nMIN_RAM_GB=x') }).map((p) => p.setting)).toEqual([
      'MIN_RAM_GB',
      'NNS_WATCH_TYPO',
    ]);
  });

  it('cannot name certificates, which Node reads before it', () => {
    const envFile = fileWith('NODE_EXTRA_CA_CERTS=/ca.pem\n');
    expect(problemsOf(home, { envFile }).map((p) => p.setting)).toEqual(['NODE_EXTRA_CA_CERTS']);
    expect(loadConfig({ ...home, NODE_EXTRA_CA_CERTS: '/ca.pem' }, { envFile }).network).toBe('mainnet');
  });
});

describe('.env.example', () => {
  it('is what the settings say', () => {
    expect(readFileSync(join(root, '.env.example'), 'utf8')).toBe(exampleFile());
  });

  it('names every setting once, and gives its defaults when uncommented', () => {
    const text = exampleFile();
    for (const { name } of allSettings) expect(text.match(new RegExp(`^#${name}=`, 'gm'))).toHaveLength(1);
    const withDefaults = allSettings.filter(({ fallback }) => fallback !== null).map(({ name }) => name);
    const uncommented = text.replace(new RegExp(`^#(${withDefaults.join('|')})=`, 'gm'), '$1=');
    const { environment: given, ...fromExample } = loadConfig(home, { envFile: fileWith(uncommented) });
    const { environment: none, ...fromDefaults } = loadConfig(home);
    expect(fromExample).toEqual(fromDefaults);
    expect(Object.keys(given).length - Object.keys(none).length).toBe(withDefaults.length);
  });
});
