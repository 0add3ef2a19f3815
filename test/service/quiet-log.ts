import type { Log } from '../../src/platform/log.ts';

const nothing = (): void => undefined;

/** A log that nobody reads. */
export const quietLog: Log = {
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => quietLog,
};
