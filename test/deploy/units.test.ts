import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builderEnvironment } from '../../src/app/builder-launch.ts';
import { secretNames } from '../../src/app/config-settings.ts';
import { loadConfig } from '../../src/app/config.ts';
import { root } from '../support/program.ts';

const text = (name: string): string => readFileSync(join(root, 'deploy', name), 'utf8');
const values = (unit: string, key: string): string[] =>
  [...text(unit).matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].flatMap(([, value]) => (value ?? '').split(' '));

describe('the unit of the builder', () => {
  it('is given no secret and no chat setting, exactly as a builder that the service starts itself', () => {
    const chat = ['DISCORD_CHANNEL_ID', 'DISCORD_MENTION', 'SLACK_CHANNEL_ID', 'SLACK_ADMINS'];
    const unset = values('nns-watch-build.service', 'UnsetEnvironment');
    expect(unset.sort()).toEqual([...secretNames, ...chat].sort());
    const given = Object.fromEntries(unset.map((name) => [name, 'x']));
    const config = { ...loadConfig({ HOME: '/nowhere' }), environment: { ...given, LOG_LEVEL: 'info' } };
    expect(Object.keys(builderEnvironment(config)).sort()).toEqual(
      ['LOG_LEVEL', 'NNS_WATCH_CACHE_DIR', 'NNS_WATCH_DATA_DIR'].sort(),
    );
  });

  it('shares the data directory with the service and nothing else', () => {
    expect(values('nns-watch-build.service', 'SupplementaryGroups')).toEqual(values('nns-watch.service', 'Group'));
    expect(values('nns-watch-build.service', 'LoadCredential')).toEqual([]);
    const directories = (unit: string): string[] => values(unit, 'Environment').sort();
    const [service, builder] = ['nns-watch.service', 'nns-watch-build.service'].map(directories);
    expect(service?.filter((each) => builder?.includes(each))).toEqual(['NNS_WATCH_DATA_DIR=/var/lib/nns-watch']);
  });
});

describe('the shell scripts', () => {
  it.each(['install', 'nns-watch-command'])('%s is read without fault', (name) => {
    execFileSync('sh', ['-n', join(root, 'deploy', name)]);
  });
});
