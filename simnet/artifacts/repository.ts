import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuiltRelease } from '../types.ts';
import { DEFAULT_COMMITTED_AT, RELEASES, releaseTag, type PlannedRelease } from './releases.ts';
import { run } from './run.ts';
import { createTrees, type TreeFile } from './tree.ts';

const PERSON = 'IC Automation <ic-automation@example.org>';
const ROOT_COMMITTED_AT = Date.parse('2024-08-01T00:00:00Z') / 1000;
const NO_COMMIT = '0'.repeat(40);
const SETTINGS = [
  ['uploadpack.allowFilter', 'true'],
  ['uploadpack.allowAnySHA1InWant', 'true'],
  ['http.receivepack', 'false'],
  ['gc.auto', '0'],
] as const;

export interface Repository {
  /** Directory that holds `dfinity/ic.git`. */
  root: string;
  releases: Map<string, BuiltRelease>;
}

/** Makes the bare fixture repository, or takes the one that an earlier start made of the same content. */
export async function createRepository(dataDir: string, imageBytes: number, buildSeconds: number): Promise<Repository> {
  const stream = importStream(createTrees(imageBytes, buildSeconds));
  const digest = createHash('sha256').update(stream).digest('hex').slice(0, 16);
  const root = join(dataDir, `github-${digest}`);
  const bare = join(root, 'dfinity/ic.git');
  if (!existsSync(bare)) await importInto(bare, stream);
  return { root, releases: readReleases(join(bare, 'simnet-marks')) };
}

async function importInto(bare: string, stream: string): Promise<void> {
  const unfinished = `${bare}.${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(dirname(bare), { recursive: true });
  await run('git', ['init', '--quiet', '--bare', '--initial-branch=master', unfinished]);
  await run('git', ['-C', unfinished, 'fast-import', '--quiet', '--export-marks=simnet-marks'], { input: stream });
  const sections = SETTINGS.map(([name, value]) => {
    const [section, key] = name.split('.');
    return `[${section!}]\n\t${key!} = ${value}\n`;
  });
  writeFileSync(join(unfinished, 'config'), sections.join(''), { flag: 'a' });
  try {
    renameSync(unfinished, bare);
  } catch (error) {
    // Another start may have put the same repository there meanwhile.
    if (!existsSync(bare)) throw error;
    rmSync(unfinished, { recursive: true, force: true });
  }
}

/** `:mark commit` a line; release number i has mark i + 2, the root commit has mark 1. */
function readReleases(marksFile: string): Map<string, BuiltRelease> {
  const marks = new Map(
    readFileSync(marksFile, 'utf8')
      .trim()
      .split('\n')
      .map((line) => line.split(' ') as [string, string]),
  );
  return new Map(
    RELEASES.map(({ branch: _branch, bareHost: _bareHost, ...release }, index) => {
      const absent = createHash('sha1').update(`withheld ${release.name}`).digest('hex');
      const commit = release.reach === 'absent' ? absent : marks.get(`:${index + 2}`);
      if (commit === undefined) throw new Error(`no commit was made for ${release.name}`);
      return [release.name, { ...release, commit }];
    }),
  );
}

function importStream(treeOf: (release: PlannedRelease) => TreeFile[]): string {
  const heads = new Map<string, string>();
  const readme = { path: 'README.md', executable: false, content: '# The Internet Computer, as a fixture\n' };
  const parts = [commit('refs/heads/master', ':1', ROOT_COMMITTED_AT, 'Begin', undefined, [readme])];
  heads.set('refs/heads/master', ':1');
  for (const [index, release] of RELEASES.entries()) {
    if (release.reach === 'absent') continue;
    const mark = `:${index + 2}`;
    const ref = refOf(release);
    const at = release.committedAt ?? DEFAULT_COMMITTED_AT;
    parts.push(commit(ref, mark, at, `Release ${release.name}`, heads.get(ref) ?? ':1', treeOf(release)));
    heads.set(ref, mark);
    // Deleting the ref leaves the object, as the network of forks does on the real host.
    if (release.reach === 'fork-only') parts.push(`reset ${ref}\nfrom ${NO_COMMIT}\n\n`);
  }
  const base = RELEASES.findIndex((release) => release.name === 'good') + 2;
  parts.push(`reset refs/tags/release-2026-09-18_03-30-base\nfrom :${base}\n\n`, 'done\n');
  return parts.join('');
}

function refOf(release: PlannedRelease): string {
  if (release.reach === 'pull-only') return 'refs/pull/1/head';
  if (release.reach === 'release-tag') return `refs/tags/${releaseTag(release)}`;
  return `refs/heads/${release.branch}`;
}

function commit(
  ref: string,
  mark: string,
  at: number,
  subject: string,
  from: string | undefined,
  files: TreeFile[],
): string {
  const header = `commit ${ref}\nmark ${mark}\nauthor ${PERSON} ${at} +0000\ncommitter ${PERSON} ${at} +0000\n`;
  const tree = files.map(
    ({ path, executable, content }) => `M ${executable ? '100755' : '100644'} inline ${path}\n${data(content)}`,
  );
  return `${header}${data(`${subject}\n`)}${from ? `from ${from}\n` : ''}deleteall\n${tree.join('')}\n`;
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
