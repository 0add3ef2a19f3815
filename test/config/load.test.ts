import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exampleFile } from '../../src/config/env-example.ts';
import { allSettings as known, loadConfig } from '../../src/operator/config.ts';
import { fileWith, home, problemsOf, refusal } from './config-kit.ts';

const root = resolve(import.meta.dirname, '../..');
const { all: allSettings } = known;

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
      database: { kind: 'sqlite', file: '/srv/data/nns-watch.sqlite' },
      mirrors: ['systems', 'network'],
      components: [],
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
      FORUM_API_KEY: null,
      FORUM_URL: null,
      COMPONENTS: 'all',
      IC_REPO_URL: 'https://github.com/dfinity/ic',
      GITHUB_TOKEN: off,
      SIGSTORE_TRUSTED_ROOT: off,
      BUILD_TIMEOUT: '8h',
      CANARY_CRON: '0 5 * * 1',
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
      SLACK_MENTION: off,
      TELEGRAM_BOT_TOKEN: off,
      TELEGRAM_CHAT_ID: off,
      MATRIX_HOMESERVER: off,
      MATRIX_ACCESS_TOKEN: off,
      MATRIX_ROOM_ID: off,
      SMTP_URL: off,
      EMAIL_FROM: off,
      EMAIL_TO: off,
      NTFY_URL: off,
      NTFY_TOKEN: off,
      PAGERDUTY_ROUTING_KEY: off,
      APPRISE_URL: off,
      WEBHOOK_URL: off,
      WEBHOOK_SECRET: off,
      NNS_WATCH_CONFIG: off,
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
      'DATABASE_URL',
      'GITHUB_TOKEN',
      ...['DISCORD_WEBHOOK_URL', 'DISCORD_BOT_TOKEN'],
      ...['SLACK_WEBHOOK_URL', 'SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN'],
      ...['TELEGRAM_BOT_TOKEN', 'MATRIX_ACCESS_TOKEN', 'SMTP_URL', 'NTFY_URL', 'NTFY_TOKEN'],
      ...['PAGERDUTY_ROUTING_KEY', 'APPRISE_URL'],
      ...['WEBHOOK_URL', 'WEBHOOK_SECRET'],
      'FORUM_API_KEY',
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
    writeFileSync(join(directory, 'of-another-program'), 'word');
    expect(loadConfig({ ...home, CREDENTIALS_DIRECTORY: directory }).githubToken).toBe('ghp_0123456789');
    const twice = problemsOf({ ...home, CREDENTIALS_DIRECTORY: directory, GITHUB_TOKEN: 'ghp_9876543210' });
    expect(twice.map(({ setting }) => setting)).toEqual(['GITHUB_TOKEN']);
    for (const name of ['POLL_CRON', 'GITHUB_TOKN']) writeFileSync(join(directory, `nns-watch_${name}`), '* * * * * *');
    const odd = problemsOf({ ...home, CREDENTIALS_DIRECTORY: directory });
    expect(odd.map(({ setting }) => setting).sort()).toEqual(['GITHUB_TOKN', 'POLL_CRON']);
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
  it('is what the settings say; `vitest run -u` writes it anew', async () => {
    await expect(exampleFile(known)).toMatchFileSnapshot(join(root, '.env.example'));
  });

  it('names every setting once, and gives its defaults when uncommented', () => {
    const text = exampleFile(known);
    for (const { name } of allSettings) expect(text.match(new RegExp(`^#${name}=`, 'gm'))).toHaveLength(1);
    const withDefaults = allSettings.filter(({ fallback }) => fallback !== null).map(({ name }) => name);
    const uncommented = text.replace(new RegExp(`^#(${withDefaults.join('|')})=`, 'gm'), '$1=');
    const { environment: given, ...fromExample } = loadConfig(home, { envFile: fileWith(uncommented) });
    const { environment: none, ...fromDefaults } = loadConfig(home);
    expect(fromExample).toEqual(fromDefaults);
    expect(Object.keys(given).length - Object.keys(none).length).toBe(withDefaults.length);
  });
});
