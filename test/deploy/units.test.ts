import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builderEnvironment } from '../../src/service/builder-supervisor.ts';
import { allSettings, loadConfig } from '../../src/operator/config.ts';
import { root } from '../support/program.ts';

const text = (name: string): string => readFileSync(join(root, 'deploy', name), 'utf8');
const values = (unit: string, key: string): string[] =>
  [...text(unit).matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].flatMap(([, value]) => (value ?? '').split(' '));

/** Names that a unit of systemd takes out of the environment, in lines of its file. */
function unsetLines(names: readonly string[]): readonly string[] {
  return names.reduce<string[]>((lines, name) => {
    const longer = `${lines.at(-1) ?? ''} ${name}`;
    return lines.length > 0 && longer.length <= 120
      ? [...lines.slice(0, -1), longer]
      : [...lines, `UnsetEnvironment=${name}`];
  }, []);
}

describe('the unit of the builder', () => {
  it('unsets what the settings say; `vitest run -u` writes its lines anew', async () => {
    const lines = `${unsetLines(allSettings.notForBuilders).join('\n')}\n`;
    const unit = text('nns-watch-build.service').replace(/^(?:UnsetEnvironment=.*\n)+/m, () => lines);
    expect(unit).toContain(lines);
    await expect(unit).toMatchFileSnapshot(join(root, 'deploy/nns-watch-build.service'));
  });

  it('is given no secret and no chat setting, exactly as a builder that the service starts itself', () => {
    const chat = ['DISCORD_CHANNEL_ID', 'DISCORD_MENTION', 'SLACK_CHANNEL_ID', 'SLACK_ADMINS'];
    const unset = values('nns-watch-build.service', 'UnsetEnvironment');
    // The database is what a builder takes its jobs from.
    const secrets = allSettings.secretNames.filter((name) => !name.startsWith('DATABASE_URL'));
    expect(unset).toEqual(expect.arrayContaining([...secrets, ...chat]));
    expect([...unset].sort()).toEqual([...allSettings.notForBuilders].sort());
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

describe('what is copied to an installation, and into an image', () => {
  it('has no file that somebody laid beside ours, such as a secret', () => {
    const checkout = mkdtempSync(join(tmpdir(), 'nns-watch-checkout-'));
    for (const name of ['package-lock.json', 'deploy/install', 'deploy/compose.yaml']) {
      cpSync(join(root, name), join(checkout, name), { recursive: true });
    }
    mkdirSync(join(checkout, 'deploy/credentials'));
    writeFileSync(join(checkout, 'deploy/credentials/nns-watch_DISCORD_WEBHOOK_URL'), 'secret');
    const script = join(root, 'deploy/production-files.ts');
    const listed = execFileSync(process.execPath, [script], { cwd: checkout, encoding: 'utf8' }).trim().split('\n');
    expect(listed).toEqual(['deploy/compose.yaml', 'deploy/install']);
    rmSync(checkout, { recursive: true });
  });
});

describe('the shell scripts', () => {
  it.each(['install', 'nns-watch-command'])('%s is read without fault', (name) => {
    execFileSync('sh', ['-n', join(root, 'deploy', name)]);
  });
});
