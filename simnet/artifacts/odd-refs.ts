import { existsSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { run } from './run.ts';

/** Which of the two: a name that is a branch in the first is a folder of branches in the second. */
export type OddRefs = 'odd-refs' | 'odd-refs-turned';

const PERSON = {
  GIT_AUTHOR_NAME: 'Odd',
  GIT_AUTHOR_EMAIL: 'odd@example.org',
  GIT_COMMITTER_NAME: 'Odd',
  GIT_COMMITTER_EMAIL: 'odd@example.org',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

/**
 * The fixture repository again, with what refs of a real one can be: tags of a tree, of a blob and of other tags,
 * branches of a tree and of an object that is nowhere. Made when it is first asked for; gives the directory that holds
 * `dfinity/ic.git`.
 */
export function createOddRefs(root: string): (which: OddRefs) => Promise<string> {
  const made = new Map<OddRefs, Promise<string>>();
  return (which) => {
    const one = made.get(which) ?? make(root, which);
    made.set(which, one);
    return one;
  };
}

async function make(root: string, which: OddRefs): Promise<string> {
  const bare = join(`${root}-${which}`, 'dfinity/ic.git');
  if (existsSync(bare)) return `${root}-${which}`;
  const unfinished = `${bare}.${process.pid}`;
  await mkdir(dirname(bare), { recursive: true });
  await cp(join(root, 'dfinity/ic.git'), unfinished, { recursive: true });
  await addRefs(unfinished, which);
  await rename(unfinished, bare).catch(async (error: unknown) => {
    // Another start may have put the same repository there meanwhile.
    await rm(unfinished, { recursive: true, force: true });
    if (!existsSync(bare)) throw error;
  });
  return `${root}-${which}`;
}

async function addRefs(bare: string, which: OddRefs): Promise<void> {
  const git = (...args: string[]): Promise<string> =>
    run('git', ['-C', bare, ...args], { env: { ...process.env, ...PERSON } }).then((text) => text.trim());
  const raw = async (name: string, id: string): Promise<void> => {
    const path = join(bare, 'refs/heads', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `${id}\n`);
  };
  const commit = /^:1 ([0-9a-f]{40})$/m.exec(await readFile(join(bare, 'simnet-marks'), 'utf8'))?.[1] ?? '';
  const [tree, blob] = [await git('rev-parse', `${commit}^{tree}`), await git('rev-parse', `${commit}:README.md`)];
  await git('update-ref', 'refs/tags/of-a-tree', tree);
  await git('update-ref', 'refs/tags/of-a-blob', blob);
  await git('tag', '-a', '-m', 'odd', 'named-blob', blob);
  await git('tag', '-a', '-m', 'odd', 'tag-of-a-tag', 'named-blob');
  await git('tag', '-a', '-m', 'odd', 'named-commit', commit);
  await git('tag', '-a', '-m', 'odd', 'release-tag-of-a-tag', 'named-commit');
  await raw('of-a-tree', tree);
  await raw('of-nothing', '1'.repeat(40));
  await raw(which === 'odd-refs' ? 'turn' : 'turn/over', commit);
}
