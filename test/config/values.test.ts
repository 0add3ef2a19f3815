import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/operator/config.ts';
import { home, problemsOf, refusal } from './config-kit.ts';

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
      database: { kind: 'sqlite', file: '/srv/db/watch.sqlite' },
      statusListen: { host: '::1', port: 9000 },
      quietHours: { fromMinute: 1320, toMinute: 450, timeZone: 'Europe/Zurich' },
      neuronIds: ['18446744073709551615', '27'],
      remindersMs: [172_800_000, 1_800_000],
      pollCron: '*/5 0-6,22 * * 1-5',
    });
  });

  it.each([
    ['all', []],
    ['recovery,all', []],
    ['recovery,guestos', ['guestos', 'recovery']],
    ['guestos,hostos,setupos,recovery', ['guestos', 'hostos', 'setupos', 'recovery']],
  ])('takes every component that is named for one that is asked for: %s', (COMPONENTS, components) => {
    expect(loadConfig({ ...home, COMPONENTS }).components).toEqual(components);
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
    ['DATABASE_URL', 'mysql://watch:watch@db/watch'],
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
