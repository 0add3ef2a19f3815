import type { Command } from 'commander';
import type { Requeued } from '../../operator/actions.ts';
import { EXIT, proposalArgument } from '../exit-codes.ts';

const SAID: Readonly<Record<Requeued, string>> = {
  enqueued: 'will be verified again.',
  hurried: 'was waiting to be tried again, and is tried now.',
  running: 'is being verified at this moment: ask again when that has ended.',
};

interface Flags {
  rebuild?: boolean;
  envFile?: string;
}

/** `requeue`: verify an election again, or now instead of later. */
export function requeueCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('requeue')
    .description('have the service verify an election again')
    .argument('<proposal-id>', 'the election')
    .option('--rebuild', 'build its commit again too, even where a build of the last 90 days gave all its files')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (text: string, flags: Flags) => exit(await run(text, flags)));
}

async function run(text: string, { envFile, rebuild = false }: Flags): Promise<number> {
  const id = proposalArgument(text);
  const { openOperatorActions } = await import('../../operator/actions.ts');
  const hand = await openOperatorActions(envFile);
  try {
    await hand.election(id);
    const asked = await hand.requeue(id, rebuild);
    process.stdout.write(`Proposal ${id} ${SAID[asked]}${asked === 'running' ? '' : ` ${builds(rebuild)}`}\n`);
    return EXIT.verified;
  } finally {
    await hand.close();
  }
}

function builds(again: boolean): string {
  return again
    ? 'Its commit is built again.'
    : 'A build of its commit that gave all its files is used again (--rebuild: a new one); one that failed is made again.';
}
