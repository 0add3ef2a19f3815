import { EXIT } from './exit-codes.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

const endAtOnce = (): never => process.exit(EXIT.interrupted);

/** SIGHUP asks a builder to end once it has nothing in its hands. */
export function untilHungUp(): AbortSignal {
  const controller = new AbortController();
  process.on('SIGHUP', () => controller.abort());
  return controller.signal;
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
