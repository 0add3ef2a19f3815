import type { Command } from 'commander';
import { WatchError } from '../../domain/errors.ts';
import { EXIT, proposalArgument } from '../exit-codes.ts';
import { untilInterrupted } from '../interrupt.ts';
import { coloured } from '../marks.ts';
import { measureCode, measureJson, measureText } from '../measure-text.ts';

interface Flags {
  proposal?: string;
  measurement?: string[];
  json?: boolean;
  envFile?: string;
}

/** `measure`: the launch measurements that a GuestOS image gives, recomputed from what is in it. */
export function measureCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('measure')
    .description(
      'recompute launch measurements from a GuestOS image: 0 if all are found, 10 if not, 11 if it is unreadable',
    )
    .argument(
      '[file]',
      'update-img.tar.zst of the GuestOS; without one, the image that the proposal elects is downloaded',
    )
    .option('--proposal <id>', 'find the measurements of this proposal')
    .option('--measurement <hex...>', 'find these measurements: 96 hexadecimal digits each')
    .option('--json', 'print one JSON object')
    .option('--env-file <file>', 'read settings from this file (.env.example lists them)')
    .action(async (file: string | undefined, flags: Flags) => exit(await run(file ?? null, flags)));
}

async function run(file: string | null, { proposal, measurement = [], json, envFile }: Flags): Promise<number> {
  const digests = measurement.map(digest);
  if (file === null && digests.length > 0) {
    throw new WatchError('input', 'measurement-without-file', 'Give --measurement with an image.');
  }
  const id = proposal === undefined ? null : proposalArgument(proposal);
  const { signal } = untilInterrupted();
  const { measure } = await import('../../app/measure.ts');
  const result = await measure({ envFile, file, proposal: id, digests }, () => undefined, signal);
  if (signal.aborted) return EXIT.interrupted;
  const text = json ? `${JSON.stringify(measureJson(result))}\n` : coloured(measureText(result), process.stdout);
  process.stdout.write(text);
  return measureCode(result);
}

function digest(text: string): string {
  if (/^[0-9a-f]{96}$/i.test(text)) return text.toLowerCase();
  throw new WatchError('input', 'measurement', 'A launch measurement has 96 hexadecimal digits.');
}
