import { describe, expect, it } from 'vitest';
import { exampleFile } from '../../src/config/env-example.ts';
import { knownSettings } from '../../src/config/known-settings.ts';
import { loadSettings, type SettingProblem } from '../../src/config/load.ts';
import { WatchError } from '../../src/domain/errors.ts';
import { chat, notifierKind } from '../../src/notify/notifier-kind.ts';
import { notifierSettings } from '../../src/notify/notifier-registry.ts';
import * as common from '../../src/platform/setting-values.ts';
import { fileWith, home } from './config-kit.ts';

/** All that somebody writes who adds a notifier, but for what it does. */
const pigeon = notifierKind({
  name: 'pigeon',
  settings: {
    pigeonKey: chat.secret('PIGEON_KEY', common.token, 'Opens the loft.', { needs: 'PIGEON_LOFT' }),
    pigeonLoft: chat.optional('PIGEON_LOFT', common.nat64, 'Where it flies.', { needs: 'PIGEON_KEY' }),
    pigeonRing: chat.secret('PIGEON_RING', common.token, 'Instead of a key.', { excludes: 'PIGEON_KEY' }),
  },
  create: () => [],
});

const known = knownSettings({ ...notifierSettings, ...pigeon.settings });
const key = 'key-of-the-loft';

function problemsOf(env: Record<string, string>): string[] {
  try {
    loadSettings(known, { ...home, ...env });
    return [];
  } catch (thrown) {
    if (!(thrown instanceof WatchError)) throw thrown;
    return (thrown.cause as readonly SettingProblem[]).map(({ setting, rule }) => `${setting} ${rule}`);
  }
}

describe('of the settings that a notifier brings', () => {
  it('the values are read, from files and credentials too', () => {
    const config = loadSettings(known, { ...home, PIGEON_KEY_FILE: fileWith(key), PIGEON_LOFT: '7' });
    expect(config).toMatchObject({ pigeonKey: key, pigeonLoft: '7', pigeonRing: null, discordBotToken: null });
    expect(problemsOf({ PIGEON_KEY: 'short', PIGEON_LOFT: '7' })).toEqual([
      'PIGEON_KEY must be at least 8 visible characters without spaces',
    ]);
  });

  it('contradictions and slips are told', () => {
    expect(problemsOf({ PIGEON_KEY: key })).toEqual(['PIGEON_KEY needs PIGEON_LOFT as well']);
    expect(problemsOf({ PIGEON_LOFT: '7' })).toEqual(['PIGEON_LOFT needs PIGEON_KEY as well']);
    expect(problemsOf({ PIGEON_KEY: key, PIGEON_LOFT: '7', PIGEON_RING: key })).toEqual([
      'PIGEON_RING cannot be set together with PIGEON_KEY',
    ]);
    expect(problemsOf({ PIGEON_LOFTS: '7' })).toEqual(['PIGEON_LOFTS is no setting: did you mean PIGEON_LOFT?']);
  });

  it('secrets stay out of logs and builds, and all of them away from builders', () => {
    const config = loadSettings(known, { ...home, PIGEON_KEY: key, PIGEON_LOFT: '7' });
    expect(config.secrets).toContain(key);
    expect(config.secretNames).toEqual(expect.arrayContaining(['PIGEON_KEY', 'PIGEON_KEY_FILE', 'PIGEON_RING']));
    expect(config.secretNames).not.toContain('PIGEON_LOFT');
    expect(problemsOf({ BUILD_ENV_ALLOW: 'PATH,PIGEON_KEY' })).toEqual([
      'BUILD_ENV_ALLOW must not give a secret to the build',
    ]);
    expect(known.notForBuilders).toEqual(expect.arrayContaining(['PIGEON_KEY_FILE', 'PIGEON_LOFT', 'QUIET_HOURS']));
  });

  it('the example file tells, below the heading of the others', () => {
    const text = exampleFile(known);
    expect(text.match(/^# Who is told$/gm)).toHaveLength(1);
    expect(text).toContain('# Opens the loft. Secret: also PIGEON_KEY_FILE.\n#PIGEON_KEY=\n');
    expect(text.indexOf('#PIGEON_LOFT=')).toBeLessThan(text.indexOf('#REMINDERS='));
  });

  it('none takes the name or the key of another', () => {
    const twice = { dataDir: chat.optional('OTHER', common.nat64, 'x') };
    expect(() => knownSettings(twice)).toThrow(/dataDir is a setting twice/);
    expect(() => knownSettings({ other: chat.optional('LOG_LEVEL', common.nat64, 'x') })).toThrow(/LOG_LEVEL/);
  });
});
