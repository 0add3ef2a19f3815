import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.ts';

const program = new Command();
for (const register of commands) register(program, () => undefined);
const texts = program.commands.flatMap((command) => [
  [command.name(), command.description()] as const,
  ...command.options.map(({ flags, description }) => [`${command.name()} ${flags}`, description] as const),
]);

describe('the help of every command', () => {
  it('says in the imperative what it does, begun as the others, without a full stop', () => {
    for (const command of program.commands) {
      const [first = ''] = command.description().split(' ');
      expect([command.name(), first]).toEqual([command.name(), expect.stringMatching(/^[a-z]+(?<!s)$/)]);
    }
    for (const [name, text] of texts) expect([name, text]).toEqual([name, expect.stringMatching(/^[a-z`].*[^.]$/)]);
  });

  it('has one line for each, and no word that this project has given up', () => {
    for (const [name, text] of texts) {
      expect([name, text]).toEqual([name, expect.not.stringMatching(/\n|whoever|nobody|\bstands\b|\blooks?\b/i)]);
      expect([name, text.length < 110]).toEqual([name, true]);
    }
  });
});
