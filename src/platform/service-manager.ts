import type { Exec } from './exec.ts';

/** systemd, where it started us and wants to be told how we are. */
export interface ServiceManager {
  /** It ends us when it has not heard of us for so long; null: it does not wait. */
  readonly watchdogMs: number | null;
  /** Lines such as `READY=1`. False: they could not be told. @see sd_notify(3) */
  readonly tell: (...lines: readonly string[]) => Promise<boolean>;
}

/**
 * null: nobody asked. The socket takes datagrams, which Node.js cannot send on a path, so systemd's own program sends
 * them; the unit has to accept words of our children (`NotifyAccess=all`).
 */
export function serviceManager(env: Readonly<Record<string, string | undefined>>, exec: Exec): ServiceManager | null {
  const socket = env['NOTIFY_SOCKET'];
  if (!socket) return null;
  const own = { PATH: env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', NOTIFY_SOCKET: socket };
  return {
    watchdogMs: watchdogMs(env),
    tell: async (...lines) => {
      const argv = ['systemd-notify', ...lines] as const;
      const result = await exec.run({ argv, cwd: '/', env: own, outputLimit: 4096, timeoutMs: 10_000 });
      return result.cause === 'exited' && result.exitCode === 0;
    },
  };
}

/** The watchdog may be meant for another process than us. @see sd_watchdog_enabled(3) */
function watchdogMs(env: Readonly<Record<string, string | undefined>>): number | null {
  const [microseconds, pid] = [Number(env['WATCHDOG_USEC']), env['WATCHDOG_PID']];
  const forUs = pid === undefined || pid === String(process.pid);
  return forUs && Number.isSafeInteger(microseconds) && microseconds > 0 ? microseconds / 1000 : null;
}
