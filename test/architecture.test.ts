import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');
const src = join(root, 'src');

interface Source {
  path: string;
  text: string;
  imports: string[];
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesBelow(path) : path.endsWith('.ts') ? [path] : [];
  });
}

const sources: Source[] = filesBelow(src).map((path) => {
  const text = readFileSync(path, 'utf8');
  return {
    path: relative(root, path),
    text,
    imports: ts.preProcessFile(text).importedFiles.map((file) => file.fileName),
  };
});

/** Path of an import inside src, relative to the root; null for packages and `node:` modules. */
function target(source: Source, specifier: string): string | null {
  return specifier.startsWith('.') ? relative(root, resolve(root, dirname(source.path), specifier)) : null;
}

const FLOORS: Record<string, number> = {
  domain: 0,
  platform: 1,
  config: 2,
  store: 2,
  watcher: 2,
  verify: 2,
  notify: 2,
  status: 2,
  operator: 3,
  service: 4,
  app: 5,
  doctor: 6,
  cli: 7,
};
const folderOf = (path: string): string => path.split('/')[1] ?? '';
const inFolder = (...folders: string[]): Source[] =>
  sources.filter((source) => folders.includes(folderOf(source.path)));

function offences(of: readonly Source[], offends: (source: Source) => string[]): string[] {
  return of.flatMap((source) => offends(source).map((what) => `${source.path}: ${what}`));
}

/** The text without comments and string contents, so that prose cannot offend. */
function code(source: Source): string {
  return source.text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/(^|\s)\/\/.*$/gm, '')
    .replace(/'(?:[^'\\\n]|\\.)*'/g, "''");
}

describe('the floors', () => {
  it('has every file of src on a known floor', () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(offences(sources, (s) => (folderOf(s.path) in FLOORS ? [] : ['unknown folder']))).toEqual([]);
  });

  it('imports only downwards, and never a sibling', () => {
    expect(
      offences(sources, (source) =>
        source.imports.flatMap((specifier) => {
          const path = target(source, specifier);
          if (path === null) return [];
          const [from, to] = [folderOf(source.path), folderOf(path)];
          const allowed = from === to || (FLOORS[to] ?? 99) < (FLOORS[from] ?? -1);
          return allowed ? [] : [`imports ${path}`];
        }),
      ),
    ).toEqual([]);
  });

  it('lets the domain import nothing but itself', () => {
    expect(offences(inFolder('domain'), (s) => s.imports.filter((i) => target(s, i) === null))).toEqual([]);
  });

  it('lets the platform know errors of the domain only', () => {
    const allowed = new Set(['src/domain/errors.ts', 'src/domain/backoff.ts', 'src/domain/ids.ts']);
    expect(
      offences(inFolder('platform'), (s) =>
        s.imports
          .map((i) => target(s, i))
          .filter((p): p is string => p !== null && folderOf(p) === 'domain' && !allowed.has(p)),
      ),
    ).toEqual([]);
  });

  it('keeps the words proposal, verdict and check out of the platform', () => {
    expect(offences(inFolder('platform'), (s) => code(s).match(/\b\w*(?:proposal|verdict)\w*\b/gi) ?? [])).toEqual([]);
  });

  it('lets the command line reach adapters only through app, doctor and operator', () => {
    const allowed = new Set(['app', 'doctor', 'operator', 'domain', 'cli']);
    expect(
      offences(inFolder('cli'), (s) =>
        s.imports.map((i) => target(s, i)).filter((p): p is string => p !== null && !allowed.has(folderOf(p))),
      ),
    ).toEqual([]);
  });

  it('has no import cycle', () => {
    const graph = new Map(sources.map((s) => [s.path, s.imports.map((i) => target(s, i)).filter((p) => p !== null)]));
    const done = new Set<string>();
    const cycles: string[] = [];
    const visit = (path: string, trail: string[]): void => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' → '));
      else if (!done.has(path)) {
        for (const next of graph.get(path) ?? []) visit(next, [...trail, path]);
        done.add(path);
      }
    };
    for (const path of graph.keys()) visit(path, []);
    expect(cycles).toEqual([]);
  });
});

describe('judging is synchronous and pure', () => {
  const pure = sources.filter((s) =>
    /^src\/(domain\/|(verify\/(checks\/|rules\/|plan|judge|build\/build-plan)|notify\/message|status\/(pages\/|html|layout|parts|style|chart|badge|health|hosts|query|release|log-text|public-names)))/.test(
      s.path,
    ),
  );

  it('awaits nothing, reads no clock, no environment and no chance', () => {
    const forbidden =
      /\basync\b|\bawait\b|\bDate\.now\b|\bnew Date\(\s*\)|\bprocess\b|\bMath\.random\b|\bsetTimeout\b|\bfetch\b|\bperformance\b/g;
    expect(pure.length).toBeGreaterThan(5);
    expect(offences(pure, (s) => code(s).match(forbidden) ?? [])).toEqual([]);
  });

  it('imports neither node modules nor packages', () => {
    // Templates of the pages: synchronous, as long as no promise is put into one.
    const templates = (s: Source, i: string): boolean => s.path === 'src/status/html.ts' && i === 'hono/html';
    expect(offences(pure, (s) => s.imports.filter((i) => target(s, i) === null && !templates(s, i)))).toEqual([]);
  });

  it('lets only checks say mismatch', () => {
    const makers = sources.filter(
      (s) => !s.path.startsWith('src/verify/checks/') && /import[^;]*\bmismatch\b/.test(code(s)),
    );
    expect(makers.map((s) => s.path)).toEqual([]);
  });
});

describe('one place for each power', () => {
  const only = (pattern: RegExp, allowed: RegExp): string[] =>
    sources.filter((s) => !allowed.test(s.path) && pattern.test(code(s))).map((s) => s.path);
  const importsOnly = (pattern: RegExp, allowed: RegExp): string[] =>
    sources.filter((s) => !allowed.test(s.path) && s.imports.some((i) => pattern.test(i))).map((s) => s.path);

  it('spawns processes in one file', () => {
    expect(importsOnly(/^node:child_process$/, /^src\/platform\/exec\.ts$/)).toEqual([]);
  });

  it('reads the environment above the adapters only', () => {
    expect(only(/\bprocess\.env\b/, /^src\/(operator|app|doctor|cli)\//)).toEqual([]);
  });

  it('logs above the adapters only', () => {
    expect(only(/\bconsole\.|\bprocess\.(stdout|stderr)\b/, /^src\/(app|cli)\/|^src\/platform\/log\.ts$/)).toEqual([]);
    expect(importsOnly(/platform\/log\.ts$/, /^src\/(service|app|cli)\//)).toEqual([]);
  });

  it('opens sockets in the platform only', () => {
    expect(importsOnly(/^(node:)?(https?|net|tls|undici)$/, /^src\/platform\//)).toEqual([]);
  });

  it('never updates evidence', () => {
    expect(
      inFolder('store')
        .filter((s) => /updateTable\(\s*'evidence'/.test(s.text))
        .map((s) => s.path),
    ).toEqual([]);
  });
});

describe('sizes', () => {
  it('keeps every source file within 250 lines, tests included', () => {
    const files = ['src', 'test', 'simnet', 'bench'].flatMap((folder) => filesBelow(join(root, folder)));
    const long = files.filter((path) => readFileSync(path, 'utf8').split('\n').length > 251);
    expect(long.map((path) => relative(root, path))).toEqual([]);
  });

  it('gives no two files of one floor the same name, but where a folder says of what it is one', () => {
    const named =
      /^src\/(?:cli\/commands|notify\/commands|notify\/notifiers\/[^/]+|status\/(?:pages|routes)|watcher\/kinds)\//;
    const seen = new Map<string, string>();
    const twice = sources.flatMap(({ path }) => {
      if (named.test(path) || path.endsWith('/index.ts')) return [];
      const key = `${FLOORS[folderOf(path)]} ${path.split('/').at(-1)}`;
      const other = seen.get(key);
      seen.set(key, path);
      return other === undefined ? [] : [`${path} and ${other}`];
    });
    expect(twice).toEqual([]);
  });

  it('keeps the loopback Internet apart from the program', () => {
    const simnet = filesBelow(join(root, 'simnet')).filter((path) => !path.includes('fixtures'));
    const crossing = simnet.filter((path) =>
      ts.preProcessFile(readFileSync(path, 'utf8')).importedFiles.some(({ fileName }) => {
        return fileName.startsWith('.') && resolve(dirname(path), fileName).startsWith(`${src}/`);
      }),
    );
    expect(crossing).toEqual([]);
  });
});

describe('registries equal their folders', () => {
  const registries: { folder: string; index: string; exempt: string[] }[] = [
    { folder: 'src/verify/checks', index: 'index.ts', exempt: [] },
    { folder: 'src/watcher/kinds', index: 'index.ts', exempt: [] },
    { folder: 'src/cli/commands', index: 'index.ts', exempt: [] },
    { folder: 'src/notify/notifiers', index: 'index.ts', exempt: [] },
    { folder: 'src/notify/commands', index: 'index.ts', exempt: [] },
  ];
  it.each(registries)('names every file of $folder in its index, and nothing else', ({ folder, index, exempt }) => {
    const directory = join(root, folder);
    expect(statSync(directory).isDirectory()).toBe(true);
    const files = readdirSync(directory, { withFileTypes: true })
      .map((entry) => (entry.isDirectory() ? `${entry.name}/${entry.name}.ts` : entry.name))
      .filter((name) => name.endsWith('.ts') && name !== index && !exempt.includes(name));
    const named = ts
      .preProcessFile(readFileSync(join(directory, index), 'utf8'))
      .importedFiles.map((file) => file.fileName)
      .filter((name) => name.startsWith('./'))
      .map((name) => name.slice(2));
    expect(named.sort()).toEqual(files.sort());
  });
});
