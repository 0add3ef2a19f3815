import type { ChatCommand } from '../../commands/command.ts';
import { COMMANDS } from '../../commands/index.ts';

/** @see https://docs.discord.com/developers/topics/permissions#permissions-bitwise-permission-flags */
export const MANAGE_GUILD = 1n << 5n;

const IN_SERVERS = 0;
const TEXT = 3;

/**
 * How Discord is told of the commands. Numbers of proposals are texts: its own integers end at 2^53.
 * @see https://docs.discord.com/developers/interactions/application-commands#create-guild-application-command
 */
export function discordCommands(): readonly object[] {
  return COMMANDS.map((command) => ({
    name: command.name,
    description: command.description,
    type: 1,
    contexts: [IN_SERVERS],
    options: optionsOf(command),
    default_member_permissions: command.changes ? String(MANAGE_GUILD) : null,
  }));
}

function optionsOf({ about }: ChatCommand): readonly object[] {
  if (about === 'all') return [];
  return [{ type: TEXT, name: 'id', description: 'Number of the proposal', required: true, max_length: 20 }];
}
