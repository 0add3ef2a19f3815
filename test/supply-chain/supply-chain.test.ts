import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manifest, packages, production, ROOT } from './lock.ts';

/** Each lets anybody use, change and pass on, without a condition on our own source. */
const LICENCES = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-3-Clause', 'ISC', 'MIT', 'MIT-0', 'MPL-2.0', 'Unlicense'];
/** Bitstream Vera’s licence, which has no name on the SPDX list that npm knows: as free as the others. */
const BY_NAME = new Map([['dejavu-fonts-ttf', 'SEE LICENSE IN README.md AND LICENSE']]);

describe('what is installed', () => {
  it('is pinned: exact versions, and a digest for every package', () => {
    const wanted = [...Object.values(manifest.dependencies), ...Object.values(manifest.devDependencies)];
    expect(wanted.filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
    const all = packages();
    expect(all.length).toBeGreaterThan(wanted.length);
    expect(all.filter(({ integrity }) => !integrity?.startsWith('sha512-')).map(({ path }) => path)).toEqual([]);
  });

  it('comes from the registry that is set, whatever that is', () => {
    expect(packages().filter(({ resolved }) => resolved !== undefined)).toEqual([]);
  });

  it('runs no script of its own while it is installed, but for the allowed', () => {
    const scripts = packages().filter(({ hasInstallScript }) => hasInstallScript === true);
    const allowed = Object.keys(manifest.allowScripts).filter((name) => manifest.allowScripts[name]);
    expect(scripts.map(({ name }) => name)).toEqual(allowed);
    expect(allowed).toEqual(['node']);
    // Where the program runs, nothing has one.
    expect(production().filter(({ hasInstallScript }) => hasInstallScript === true)).toEqual([]);
  });

  it('has licences that are on the list', () => {
    const all = production();
    expect(all.length).toBeGreaterThan(Object.keys(manifest.dependencies).length);
    const others = all.filter(
      ({ name, license }) => !LICENCES.includes(license ?? '') && BY_NAME.get(name) !== license,
    );
    expect(others.map(({ name, license }) => [name, license])).toEqual([]);
  });

  it('is what the lock file says, in version and licence', () => {
    const different = production().filter(({ path, version, license }) => {
      const file = join(ROOT, path, 'package.json');
      if (!existsSync(file)) return false;
      const found = JSON.parse(readFileSync(file, 'utf8')) as { version: string; license?: unknown };
      const named = typeof found.license === 'string' ? found.license : license;
      return found.version !== version || named !== license;
    });
    expect(different.map(({ path }) => path)).toEqual([]);
  });
});

it('script/licences prints all of it', () => {
  const lines = execFileSync('script/licences', { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
  expect(lines).toHaveLength(production().length);
  for (const line of lines) expect(line).toMatch(/^\S+\t\d+\.\d+\.\d+\S*\t\S/);
});

it('npm sbom gives a bill of materials of it, with what is for development marked', () => {
  // Not with `--omit dev`: npm 11 then leaves out whatever a development dependency needs as well.
  const argv = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const text = execFileSync('npm', argv, { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  const { bomFormat, components } = JSON.parse(text) as {
    bomFormat: string;
    components: { name: string; version: string; properties?: { name: string }[] }[];
  };
  expect(bomFormat).toBe('CycloneDX');
  const named = (all: readonly { name: string; version?: string }[]): string[] => [
    ...new Set(all.map(({ name, version = '' }) => `${name}@${version}`)),
  ];
  expect(named(components)).toEqual(expect.arrayContaining(named(production())));
  const isOurs = ({ properties }: (typeof components)[number]): boolean =>
    !properties?.some(({ name }) => name.endsWith(':development'));
  // What is installed twice stands there once, and may be marked for the place where only development needs it.
  expect(named(production())).toEqual(expect.arrayContaining(named(components.filter(isOurs))));
  expect(components.filter(isOurs).length).toBeGreaterThan(Object.keys(manifest.dependencies).length);
}, 60_000);
