import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { NotifierKind } from '../../src/notify/notifier-kind.ts';
import { NOTIFIERS } from '../../src/notify/notifiers/index.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const program = globSync('src/**/*.ts', { cwd: root });

/** The number in the second column of CONTRIBUTING.md's table. */
function told(what: string): number {
  const [, count] = new RegExp(`^\\| \\*\\*${what}\\*\\* \\| (\\d+) \\|`, 'm').exec(read('CONTRIBUTING.md')) ?? [];
  return Number(count);
}

function naming(words: readonly string[], paths: readonly string[]): string[] {
  const any = new RegExp(`(?<![\\w-])(?:${words.join('|')})(?![\\w-])`);
  return paths.filter((path) => any.test(read(path)));
}

describe('what a change touches, as CONTRIBUTING.md counts it', () => {
  it('is for a check what the smallest one touches', () => {
    const touched = naming(['dashboard-agrees'], [...program, 'docs/checks.md', 'README.md']);
    expect(touched.sort()).toEqual([
      'README.md',
      'docs/checks.md',
      'src/domain/check.ts',
      'src/verify/checks/dashboard-agrees.ts',
      'src/verify/checks/index.ts',
    ]);
    expect(touched).toHaveLength(told('a check'));
  });

  const kinds: readonly NotifierKind[] = NOTIFIERS.filter(({ name }) => name !== 'console');

  it.each(kinds)('is for a notifier its folder, the index and the documentation: $name', ({ name, settings }) => {
    const folder = `src/notify/notifiers/${name}/`;
    const words = Object.entries(settings).flatMap(([key, setting]) => [key, setting.name]);
    const touched = naming([...words, `${name}/${name}\\.ts`], [...program, 'docs/notifiers.md']);
    const places = [...new Set(touched.map((path) => (path.startsWith(folder) ? folder : path)))];
    expect(places.sort()).toEqual(['docs/notifiers.md', 'src/notify/notifiers/index.ts', folder].sort());
    expect(places).toHaveLength(told('a notifier'));
  });

  it('is for a setting its entry: the example file is written from it', () => {
    const touched = naming(['LOG_FORMAT'], program);
    expect(touched).toEqual(['src/config/settings.ts']);
    expect(touched).toHaveLength(told('a setting'));
  });
});
