import { describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { format, resolveConfig } from 'prettier';
import { parse } from 'yaml';
import { settingsSchema } from '../../src/config/settings-schema.ts';
import { allSettings, loadConfig, requireChannels, settingsFiles } from '../../src/operator/config.ts';
import { fileWith, home, problemsOf } from './config-kit.ts';

const webhook = 'https://discord.com/api/webhooks/700000000000000001/tOkEn-tOkEn-tOkEn-tOkEn';
const loaded = (yaml: string, env: Record<string, string> = {}) =>
  loadConfig({ ...home, ...env, NNS_WATCH_CONFIG: fileWith(yaml) });
const problems = (yaml: string) =>
  problemsOf({ ...home, NNS_WATCH_CONFIG: fileWith(yaml) }).map(({ setting, rule }) => `${setting} ${rule}`);

describe('the settings file', () => {
  it('says settings by their names in lower case, as one value or a list', () => {
    const config = loaded(`reminders: [12h, 1h]\nmin_disk_gb: 7.5\nneuron_ids: 18446744073709551615\n`);
    expect(config.remindersMs).toEqual([43_200_000, 3_600_000]);
    expect(config.minDiskBytes).toBe(7.5e9);
    expect(config.neuronIds).toEqual(['18446744073709551615']);
  });

  it('gives way to the environment, in whichever way that names a secret', () => {
    const file = fileWith('ghp_from_the_environment');
    const config = loaded('github_token: ghp_from_the_file\nlog_level: debug\n', {
      GITHUB_TOKEN_FILE: file,
      LOG_LEVEL: 'warn',
    });
    expect(config.githubToken).toBe('ghp_from_the_environment');
    expect(config.logLevel).toBe('warn');
  });

  it.each([
    ['remindres: 1h', 'remindres is no setting here: did you mean reminders?'],
    ['REMINDERS: 1h', 'REMINDERS is no setting here: did you mean reminders?'],
    ['reminders_file: x', 'reminders_file is no setting here'],
    ['http_proxy: http://x', 'http_proxy is no setting here'],
    ['path: /bin', 'path is no setting here'],
    ['nns_watch_config: x', 'nns_watch_config is no setting here'],
    ['reminders: { a: b }', 'reminders must be one value, or a list of values'],
    ['reminders: soon', 'REMINDERS each entry must be a time such as 60s, 90m, 8h or 2d, at most 24d'],
    ['channels: none', 'channels must be a list, one entry for each channel'],
    ['- a', 'NNS_WATCH_CONFIG must be a mapping of settings'],
    ['a: &x 1h\nreminders: *x', 'NNS_WATCH_CONFIG must not use anchors and aliases'],
    ['reminders: !!js/function "x"', 'NNS_WATCH_CONFIG is no YAML that can be read (line 1, column 12)'],
    ['reminders: 1h\nreminders: 2h', 'NNS_WATCH_CONFIG is no YAML that can be read (line 2, column 1)'],
    ['a: 1\n---\nb: 2', 'NNS_WATCH_CONFIG is no YAML that can be read (line 2, column 1)'],
    ['['.repeat(60_000), 'NNS_WATCH_CONFIG is no YAML that can be read'],
    ['x'.repeat(70_000), 'NNS_WATCH_CONFIG must be a readable file of at most 64 KiB'],
  ])('is refused: %.40j', (yaml, problem) => {
    expect(problems(yaml)[0]).toContain(problem);
  });

  it('may be empty, or only comments as the example is', () => {
    expect(loaded('').channels).toEqual([]);
    const example = readFileSync(resolve(import.meta.dirname, '../../deploy/nns-watch.yaml'), 'utf8');
    expect(loaded(example).channels).toEqual([]);
    const files = example
      .replace(/^# (?= *(?:reminders|quiet_hours|channels|-|[a-z_]+:))/gm, '')
      .replace(/\/etc\/nns-watch\/credentials\/(\w+)/g, (_, name: string) =>
        fileWith({ REVIEWERS: webhook, TELEGRAM_BOT_TOKEN: '123:token-token' }[name] ?? 'k'.repeat(32)),
      );
    const { channels } = loaded(files);
    expect(channels.map(({ place, given }) => [place, given[0]])).toEqual([
      ['channels[0]', 'DISCORD_WEBHOOK_URL'],
      ['channels[1]', 'TELEGRAM_BOT_TOKEN'],
      ['channels[2]', 'PAGERDUTY_ROUTING_KEY'],
      ['channels[3]', 'NTFY_URL'],
    ]);
  });
});

describe('channels of the settings file', () => {
  const telegram = 'telegram_bot_token: 123:token-token\n    telegram_chat_id: "-100"';

  it('have settings of their kind, and say what they are told', () => {
    const config = loaded(
      `channels:\n  - discord_webhook_url: ${webhook}\n    mention: "800000000000000001"\n  - ${telegram}\n    only:\n      outcomes: mismatch\n      components: [guestos]\n    quiet_hours: 22:00-07:00\n    text: compact\n`,
    );
    requireChannels(config);
    expect(config.channels.map(({ route }) => route)).toEqual([
      { only: {}, quietHours: null, text: 'full' },
      {
        only: { outcomes: ['mismatch'], components: ['guestos'] },
        quietHours: { fromMinute: 1320, toMinute: 420, timeZone: 'UTC' },
        text: 'compact',
      },
    ]);
    expect(config.channels[0]!.values['discordMention']).toBe('800000000000000001');
    expect(config.secrets).toEqual(expect.arrayContaining([webhook, '123:token-token']));
  });

  it.each([
    [`- telegram_bot_token: 123:token-token`, 'channels[0].telegram_bot_token needs TELEGRAM_CHAT_ID as well'],
    [`- discord_webhok_url: x`, 'channels[0].discord_webhok_url is no setting here: did you mean discord_webhook_url?'],
    [`- reminders: 1h`, 'channels[0].reminders is no setting here'],
    [`- only: { outcome: mismatch }`, 'channels[0].only.outcome is no option here: did you mean outcomes?'],
    [`- ${telegram}\n    only: { outcomes: [mismach] }`, 'channels[0].only.outcomes cannot be used'],
    [`- ${telegram}\n    mention: "1"`, 'channels[0].mention is nothing that this kind of channel knows'],
    [`- ${telegram}\n    quiet_hours: night`, 'channels[0].quiet_hours must be a span'],
    [`- {}`, 'channels[0].channel names no channel'],
    [`- x`, 'channels[0] must be a mapping'],
  ])('are refused: %j', (entry, problem) => {
    expect(problems(`channels:\n  ${entry}\n`).join('\n')).toContain(problem);
  });

  it('must together hear of every mismatch', () => {
    const only = (filter: string) => `  - ${telegram}\n    only: ${filter}\n`;
    expect(() => requireChannels(loaded(`channels:\n${only('{ outcomes: [verified] }')}`))).toThrow(/mismatch/);
    expect(() => requireChannels(loaded(`channels:\n${only('{ components: [guestos] }')}`))).toThrow(/elect-hostos/);
    expect(() => requireChannels(loaded(`channels:\n${only('{ notices: [trouble] }')}`))).toThrow(/mismatch/);
    requireChannels(loaded(`channels:\n${only('{ outcomes: [mismatch] }')}`));
    requireChannels(loaded(`ntfy_url: https://ntfy.sh/topic\nchannels:\n${only('{ notices: [trouble] }')}`));
  });

  it('name one channel each', () => {
    const two = `  - ${telegram}\n    ntfy_url: https://ntfy.sh/topic\n`;
    expect(() => requireChannels(loaded(`channels:\n${two}`))).toThrow('channels[0] names more than one channel');
  });

  it('are kept from builds with the files of their secrets', () => {
    const secret = fileWith('123:token-token');
    const config = loaded(`channels:\n  - telegram_bot_token_file: ${secret}\n    telegram_chat_id: "-100"\n`);
    expect(settingsFiles(config)).toEqual([config.configFile, secret]);
    expect(allSettings.notForBuilders).toContain('NNS_WATCH_CONFIG');
  });
});

describe('the published schema of the settings file', () => {
  const schema = settingsSchema(allSettings);

  it('is the one that stands in docs', async () => {
    const path = '../../docs/schema/settings-1.schema.json';
    const style = { ...(await resolveConfig(import.meta.filename)), parser: 'json' };
    await expect(await format(JSON.stringify(schema, null, 2), style)).toMatchFileSnapshot(path);
  });

  it('takes what the program takes, and refuses what it refuses', () => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(schema);
    const takes = (yaml: string): boolean => validate(parse(yaml));
    expect(takes(`reminders: [1h]\nchannels:\n  - ntfy_url: x\n    only: { outcomes: mismatch }\n`)).toBe(true);
    expect(takes('remindres: 1h')).toBe(false);
    expect(takes('channels: [{ only: { outcome: mismatch } }]')).toBe(false);
  });
});
