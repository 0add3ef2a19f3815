import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import type { ServiceManager } from '../platform/service-manager.ts';

export interface SystemdDeps {
  /** null: nobody wants to be told. */
  readonly manager: ServiceManager | null;
  /** Loops that hang. */
  readonly stuck: () => readonly string[];
  readonly clock: Pick<Clock, 'sleep'>;
  readonly log: Log;
}

/** Tells the service manager that we are ready, then that we live as long as every loop does, then that we stop. */
export async function notifySystemd({ manager, stuck, clock, log }: SystemdDeps, over: AbortSignal): Promise<void> {
  if (manager === null) return;
  const tell = async (...lines: string[]): Promise<void> => {
    if (!(await manager.tell(...lines))) log.warn('Service manager could not be notified', { lines });
  };
  await tell('READY=1', 'STATUS=Watching for elections');
  if (manager.watchdogMs === null) await ended(over);
  let known = '';
  while (!over.aborted && manager.watchdogMs !== null) {
    const hanging = stuck();
    if (hanging.length === 0) await tell('WATCHDOG=1');
    else if (hanging.join() !== known)
      log.error('Loops hang; the service manager will restart the service', { hanging });
    known = hanging.join();
    await clock.sleep(manager.watchdogMs / 3, over);
  }
  await tell('STOPPING=1', 'STATUS=Stopping');
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
