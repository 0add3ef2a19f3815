import type { Command } from 'commander';
import { WatchError } from '../../domain/errors.ts';
import { plainText } from '../../domain/text.ts';
import { EXIT, proposalArgument } from '../exit-codes.ts';

interface Flags {
  notifier?: string;
  envFile?: string;
}

/** `redeliver`: the newest verdict (or news) of a proposal once more. */
export function redeliverCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('redeliver')
    .description('send the newest verdict, or news, of a proposal again')
    .argument('<proposal-id>', 'the proposal')
    .option('--notifier <id>', 'send it only there, even where it was never sent')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (text: string, flags: Flags) => exit(await run(text, flags)));
}

async function run(text: string, flags: Flags): Promise<number> {
  const id = proposalArgument(text);
  const { openOperatorActions } = await import('../../operator/actions.ts');
  const hand = await openOperatorActions(flags.envFile);
  try {
    await hand.election(id);
    const notifiers = await hand.redeliver(id, flags.notifier ?? null);
    if (notifiers.length === 0) {
      throw new WatchError('input', 'nothing-told', `Nothing was told of proposal ${id} that could be sent again.`);
    }
    const names = notifiers.map((name) => plainText(name, 60)).join(', ');
    process.stdout.write(`The newest news of proposal ${id} will be sent again to ${names}.\n`);
    return EXIT.verified;
  } finally {
    await hand.close();
  }
}
