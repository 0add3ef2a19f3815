import { EXIT } from './exit-codes.ts';

/** SIGHUP asks a builder to end once it has nothing in its hands. */
export function untilHungUp(): AbortSignal {
  const controller = new AbortController();
  process.on('SIGHUP', () => controller.abort());
  return controller.signal;
}

/** The first SIGINT or SIGTERM asks the run to stop; the second ends the process at once. */
export function untilInterrupted(): { signal: AbortSignal } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return { signal: controller.signal };
}
