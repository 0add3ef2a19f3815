import { join, resolve } from 'node:path';
import { startDetached } from '../platform/exec.ts';
import { allSettings, type Config } from '../operator/config.ts';

/** What systemd gives to the service, and to nobody else. */
const SYSTEMD = ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID', 'CREDENTIALS_DIRECTORY'];

/** Starts this program's builder in a session of its own: it outlives us, and holds none of our secrets. */
export function launchBuilder(config: Config, program: string, envFile: string | null): Promise<number> {
  const secretFiles = allSettings.all.flatMap(({ name }) => config.environment[`${name}_FILE`] ?? []);
  const hide = [...secretFiles, ...(envFile === null ? [] : [envFile])].map((path) => resolve(path));
  const flags = hide.flatMap((path) => ['--hide', path]);
  return startDetached({
    argv: [process.execPath, ...process.execArgv, program, 'build', '--for-watch', ...flags],
    cwd: process.cwd(),
    env: builderEnvironment(config),
    outputFile: join(config.dataDir, 'builder.log'),
  });
}

/** Our environment without our secrets, and with the paths as we understood them. */
export function builderEnvironment({ environment, cacheDir, dataDir }: Config): Record<string, string> {
  const without = new Set([...allSettings.notForBuilders, ...SYSTEMD]);
  const rest = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || without.has(name) ? [] : [[name, value] as const],
  );
  return { ...Object.fromEntries(rest), NNS_WATCH_CACHE_DIR: cacheDir, NNS_WATCH_DATA_DIR: dataDir };
}
