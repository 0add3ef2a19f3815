import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

interface Locked {
  readonly version?: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
}

/** One package of package-lock.json, by where it is installed. */
export interface Package extends Locked {
  readonly path: string;
  readonly name: string;
}

const json = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));

export const manifest = json('package.json') as {
  readonly dependencies: Record<string, string>;
  readonly devDependencies: Record<string, string>;
  readonly allowScripts: Record<string, boolean>;
};

/** Every package that the lock file names, our own left out. */
export function packages(): readonly Package[] {
  const { packages: all } = json('package-lock.json') as { packages: Record<string, Locked> };
  return Object.entries(all)
    .filter(([path]) => path !== '')
    .map(([path, locked]) => ({ ...locked, path, name: path.replace(/^.*node_modules\//, '') }));
}

/** What is installed where the program runs, sorted by name. */
export function production(): readonly Package[] {
  return packages()
    .filter(({ dev }) => dev !== true)
    .sort((left, right) => left.name.localeCompare(right.name, 'en'));
}
