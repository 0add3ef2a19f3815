import { EXIT } from './exit-codes.ts';

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
