import type { Command } from 'commander';
import type { ShownSetting } from '../../operator/shown-settings.ts';
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
    .option('--json', 'one JSON object on standard output')
    .option('--env-file <file>', 'settings, as in .env.example')
    .action(async (flags: Flags) => exit(await run(flags)));
}

async function run({ json, envFile }: Flags): Promise<number> {
  const { loadConfig } = await import('../../operator/config.ts');
  const { shownSettings } = await import('../../operator/shown-settings.ts');
  const config = loadConfig(process.env, envFile === undefined ? {} : { envFile });
  const settings = shownSettings(config);
  const { network } = config;
  const document = { schema: 'nns-watch/settings@1', network, settings };
  process.stdout.write(json ? `${JSON.stringify(document)}\n` : settingsText(network, settings));
  return EXIT.verified;
}

function settingsText(network: string, settings: readonly ShownSetting[]): string {
  const width = Math.max(...settings.map(({ name }) => name.length));
  const line = ({ name, value }: ShownSetting): string => `  ${name.padEnd(width)}  ${value ?? '(not set)'}`;
  const given = settings.filter(({ isDefault }) => !isDefault);
  const list =
    given.length > 0 ? ['Set here:', ...given.map(line)] : ['Nothing is set here: every setting has its default.'];
  const defaults = settings.filter(({ isDefault, value }) => isDefault && value !== null);
  return `${[`The settings can be used. Network: ${network}`, ...list, 'Defaults:', ...defaults.map(line)].join('\n')}\n`;
}
