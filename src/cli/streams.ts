import { plainText } from '../domain/text.ts';
import { EXIT } from './exit-codes.ts';

/** Node ends the process with 1 where a stream of it breaks, in the middle of a run and whatever that would have found. */
export function guardStreams(): void {
  let told = false;
  process.stderr.on('error', () => undefined);
  // A reader that goes away, as `head` does, has what it wanted. Output that is lost otherwise must not look whole.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || told) return;
    told = true;
    process.stderr.write(`[❌] Standard output cannot be written: ${plainText(error.message, 200)}\n`);
    process.on('exit', () => (process.exitCode = EXIT.bug));
  });
}
