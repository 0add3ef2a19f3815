import type { Command } from 'commander';
import type { OperatorActions } from '../../operator/actions.ts';
import { utc } from '../../domain/verdict-document.ts';
import { WatchError } from '../../domain/errors.ts';
import type { ProposalId } from '../../domain/ids.ts';
import { EXIT, proposalArgument } from '../exit-codes.ts';

interface Flags {
  for?: string;
  off?: boolean;
  envFile?: string;
}

/** `mute`: news of a proposal ping nobody until its deadline at the latest. A mismatch does all the same. */
export function muteCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('mute')
    .description('stop pings about a proposal until its deadline (a mismatch still pings)')
    .argument('<proposal-id>', 'the proposal')
    .option('--for <duration>', 'stop them only for so long, such as 90m, 8h or 2d')
    .option('--off', 'ping again')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (text: string, flags: Flags) => exit(await run(text, flags)));
}

async function run(text: string, flags: Flags): Promise<number> {
  const id = proposalArgument(text);
  if (flags.off && flags.for !== undefined) throw new WatchError('input', 'for-and-off', 'Give --for or --off.');
  const { parseDuration } = await import('../../operator/durations.ts');
  const forMs = flags.for === undefined ? null : parseDuration('--for', flags.for);
  const { openOperatorActions } = await import('../../operator/actions.ts');
  const hand = await openOperatorActions(flags.envFile);
  try {
    const until = flags.off ? null : await mutedUntil(id, forMs, hand);
    await hand.mute(id, until);
    process.stdout.write(
      until === null
        ? `Proposal ${id} is not muted any more.\n`
        : `Proposal ${id} is muted until ${utc(until)}; a mismatch pings all the same.\n`,
    );
    return EXIT.verified;
  } finally {
    await hand.close();
  }
}

/** UTC milliseconds, the deadline at the latest. */
async function mutedUntil(id: ProposalId, forMs: number | null, hand: OperatorActions): Promise<number> {
  const [{ deadlineAt }, now] = [await hand.election(id), hand.now()];
  const until = Math.min(forMs === null ? Infinity : now + forMs, deadlineAt === null ? Infinity : deadlineAt * 1000);
  if (until === Infinity) {
    throw new WatchError(
      'input',
      'mute-without-end',
      `The deadline of proposal ${id} is not known: say how long (--for).`,
    );
  }
  if (until <= now)
    throw new WatchError('input', 'mute-closed', `Voting on proposal ${id} has closed: there is nothing to mute.`);
  return until;
}
