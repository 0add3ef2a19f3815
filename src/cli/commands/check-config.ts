import type { Command } from 'commander';
import type { ShownChannel, ShownSetting } from '../../operator/shown-settings.ts';
import { EXIT } from '../exit-codes.ts';

interface Flags {
  json?: boolean;
  envFile?: string;
}

/** `check-config`: reads every setting as the service would, and opens nothing: no network, no database. */
export function checkConfigCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('check-config')
    .description('check the settings without any network, and print what is in effect (2: they cannot be used)')
    .option('--json', 'print one JSON object')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (flags: Flags) => exit(await run(flags)));
}

async function run({ json, envFile }: Flags): Promise<number> {
  const { loadConfig, requireChannels } = await import('../../operator/config.ts');
  const { shownChannels, shownSettings } = await import('../../operator/shown-settings.ts');
  const config = loadConfig(process.env, envFile === undefined ? {} : { envFile });
  requireChannels(config);
  const settings = shownSettings(config);
  const channels = shownChannels(config);
  const { network } = config;
  const document = { schema: 'nns-watch/settings@1', network, settings, channels };
  process.stdout.write(json ? `${JSON.stringify(document)}\n` : settingsText(network, settings, channels));
  return EXIT.verified;
}

function settingsText(network: string, settings: readonly ShownSetting[], channels: readonly ShownChannel[]): string {
  const width = Math.max(...settings.map(({ name }) => name.length));
  const line = ({ name, value }: ShownSetting): string => `  ${name.padEnd(width)}  ${value ?? '(not set)'}`;
  const given = settings.filter(({ isDefault }) => !isDefault);
  const list =
    given.length > 0 ? ['Set here:', ...given.map(line)] : ['Nothing is set here: every setting has its default.'];
  const defaults = settings.filter(({ isDefault, value }) => isDefault && value !== null);
  const listed = channels.length > 0 ? ['Channels of the settings file:', ...channels.map(channelLine)] : [];
  return `${[`The settings can be used. Network: ${network}`, ...list, ...listed, 'Defaults:', ...defaults.map(line)].join('\n')}\n`;
}

function channelLine({ channel, settings, only, text, quietHours }: ShownChannel): string {
  const lists = Object.entries(only).map(([name, list]) => `${name} ${list.join(', ')}`);
  const told = lists.length === 0 ? 'told everything' : `only ${lists.join('; ')}`;
  return `  ${channel}  ${settings.join(', ')}: ${told}, ${text}${quietHours ? ', quiet hours of its own' : ''}`;
}
