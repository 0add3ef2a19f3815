import { resolve } from 'node:path';
import type { Command } from 'commander';

/** Gives `--config` to every command that reads settings; it names the settings file as NNS_WATCH_CONFIG does. */
export function addConfigOption(program: Command): void {
  for (const command of program.commands) {
    if (!command.options.some(({ long }) => long === '--env-file')) continue;
    command.option('--config <file>', 'read settings and channels from this YAML file, as NNS_WATCH_CONFIG');
    command.hook('preAction', () => {
      const { config } = command.opts<{ config?: string }>();
      if (config !== undefined) process.env['NNS_WATCH_CONFIG'] = resolve(config);
    });
  }
}
