import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Layout } from '../types.ts';
import { isSince, type PlannedRelease } from './releases.ts';

export interface TreeFile {
  path: string;
  executable: boolean;
  content: string;
}

const FIXTURE = join(import.meta.dirname, '../fixtures/ic-repo');
const MARKED_LINE = /^(.*?) *#@(since|until|bare-host|not-bare-host)(?: (\S+))?$/;

/** The files of a release's commit: the templates as of its layout, with its behaviour. */
export function createTrees(imageBytes: number, buildSeconds: number): (release: PlannedRelease) => TreeFile[] {
  const templates = readTemplates(join(FIXTURE, 'tree'));
  const behaviour = (name: string): string => readFileSync(join(FIXTURE, 'behaviours', `${name}.sh`), 'utf8');
  return (release) => {
    const files = templates
      .map((file) => ({ ...file, content: fillIn(file.content, release.layout, release.bareHost ?? false) }))
      .filter((file) => file.content !== '');
    files.push(plain('ci/behaviour.sh', behaviour(release.build)));
    files.push(plain('ci/fixture/image-bytes', `${imageBytes}\n`));
    if (release.build === 'timed') files.push(plain('ci/fixture/build-seconds', `${buildSeconds}\n`));
    if (release.build === 'looks-for-secrets')
      files.push(plain('ci/look-for-secrets.sh', behaviour('look-for-secrets')));
    return files;
  };
}

/** Keeps the lines that the generation has; `#@until` is exclusive. */
function fillIn(template: string, layout: Layout, bareHost: boolean): string {
  return template
    .split('\n')
    .flatMap((line) => {
      const [, text, condition, argument] = MARKED_LINE.exec(line) ?? [];
      if (text === undefined) return [line];
      const since = condition === 'since' || condition === 'until' ? isSince(layout, argument as Layout) : bareHost;
      return since === (condition === 'since' || condition === 'bare-host') ? [text] : [];
    })
    .join('\n');
}

function readTemplates(directory: string): TreeFile[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => ({
      path: relative(directory, path),
      executable: (statSync(path).mode & 0o100) !== 0,
      content: readFileSync(path, 'utf8'),
    }));
}

function plain(path: string, content: string): TreeFile {
  return { path, executable: false, content };
}
