import { EXIT } from './exit-codes.ts';
import { plainText } from '../domain/text.ts';
import { printFailure } from './marks.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const endAtOnce = (): never => process.exit(EXIT.interrupted);

/** SIGHUP asks a builder to end once it has nothing in its hands. */
export function untilHungUp(): AbortSignal {
  const controller = new AbortController();
  process.on('SIGHUP', () => controller.abort());
  return controller.signal;
}

/** SIGHUP asks a service to read its settings again; it ends nothing. */
export function onHangUp(again: () => void): void {
  process.removeAllListeners('SIGHUP').on('SIGHUP', again);
}

/** SIGINT and SIGTERM end the process, until a command has something to bring to an end first. */
export function endWhenInterrupted(): void {
  for (const name of SIGNALS) process.on(name, endAtOnce);
}

/** The first SIGINT or SIGTERM asks the run to stop; the second ends the process at once. */
export function untilInterrupted(): { signal: AbortSignal } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) endAtOnce();
    controller.abort();
  };
  for (const name of SIGNALS) process.off(name, endAtOnce).on(name, onSignal);
  return { signal: controller.signal };
}

/** Node ends the process with 1 where a stream of it breaks, in the middle of a run and whatever that would have found. */
export function guardStreams(): void {
  let told = false;
  process.stderr.on('error', () => undefined);
  // A reader that goes away, as `head` does, has what it wanted. Output that is lost otherwise must not look whole.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || told) return;
    told = true;
    printFailure(`Standard output cannot be written: ${plainText(error.message, 200)}`);
    process.on('exit', () => (process.exitCode = EXIT.bug));
  });
}
