import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { verifyCommand } from '../../src/cli/commands/verify.ts';

const parsed = (...argv: string[]): Promise<unknown> => {
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  verifyCommand(program, () => undefined);
  return program.parseAsync(['verify', ...argv], { from: 'user' });
};
const commit = 'a0'.repeat(20);

describe('what verify is asked', () => {
  it.each([
    [['1', '-p', '1'], 'once'],
    [['1', '-c', commit], 'once'],
    [[commit, '-p', '1'], 'once'],
    [['x'], 'number of a proposal'],
    [['0'], 'number of a proposal'],
    [['18446744073709551616'], 'number of a proposal'],
    [[commit.slice(1)], 'number of a proposal'],
    [['143816.5'], 'number of a proposal'],
    [['1', '2'], 'too many arguments'],
  ])('is refused before anything is opened: %j', async (argv, why) => {
    await expect(parsed(...argv)).rejects.toThrow(why);
  });

  it.each([['143816'], [commit], [commit.toUpperCase()]])('is named by itself: %s', async (what) => {
    // Whatever else is refused comes after the name was taken.
    await expect(parsed(what, '--dry-run', '--no-build')).rejects.toThrow('--dry-run builds');
  });
});
