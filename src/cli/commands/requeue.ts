import type { Command } from 'commander';
import { openByHand, type Requeued } from '../../app/by-hand.ts';
import { EXIT } from '../exit-codes.ts';
import { proposalArgument } from '../proposal-argument.ts';

const SAID: Readonly<Record<Requeued, string>> = {
  enqueued: 'will be verified again.',
  hurried: 'was waiting to be tried again, and is tried now.',
  running: 'is being verified at this moment: ask again when that has ended.',
};

/** `requeue`: verify an election again, or now instead of later. */
export function requeueCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('requeue')
    .description('has the service verify an election again')
    .argument('<proposal-id>', 'the election')
    .option('--env-file <file>', 'settings, as in .env.example')
    .action(async (text: string, flags: { envFile?: string }) => exit(await run(text, flags.envFile)));
}

async function run(text: string, envFile: string | undefined): Promise<number> {
  const id = proposalArgument(text);
  const hand = await openByHand(envFile);
  try {
    await hand.election(id);
    process.stdout.write(`Proposal ${id} ${SAID[await hand.requeue(id)]}\n`);
    return EXIT.verified;
  } finally {
    await hand.close();
  }
}
