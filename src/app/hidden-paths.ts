import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { settingsFiles, type Config } from '../operator/config.ts';

/** Where installed copies of this program keep settings and state. */
const INSTALLED = ['/etc/nns-watch', '/var/lib/nns-watch'];

/**
 * Everything of ours that a build has no business with. Homes and the cache are hidden by the builder itself. Files are
 * named one by one: the directory around them may be one that a build needs.
 */
export function hiddenPaths(config: Config, envFile: string | null): string[] {
  const { database: address, dataDir } = config;
  const database = address.kind === 'sqlite' ? ['', '-wal', '-shm'].map((suffix) => `${address.file}${suffix}`) : [];
  const files = [...settingsFiles(config), ...(envFile === null ? [] : [envFile])].map((file) => resolve(file));
  const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
  return [...INSTALLED, dataDir, ...database, checkout, ...files];
}
