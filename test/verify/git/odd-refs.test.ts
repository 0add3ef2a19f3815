import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommitRefs, Evidence, evidenceKey, type Observation } from '../../../src/domain/evidence.ts';
import type { CommitId } from '../../../src/domain/ids.ts';
import { createCommitRefsCollector } from '../../../src/verify/collect/tree.ts';
import { type LoopbackGit, startLoopbackGit } from './loopback-git.ts';

async function lookAt(server: LoopbackGit, commit: CommitId): Promise<CommitRefs | Observation<CommitRefs>> {
  const observation = await createCommitRefsCollector(server.deps).collect(evidenceKey.commitRefs(commit), {
    signal: new AbortController().signal,
    progress: () => undefined,
    observe: () => Promise.reject(new Error('asks for nothing else')),
    evidence: new Evidence(),
    commit: null,
  });
  return observation.status === 'observed' ? observation.value : observation;
}

describe('odd refs', () => {
  let odd: LoopbackGit;
  let good: CommitId;
  let fork: CommitId;
  beforeAll(async () => {
    odd = await startLoopbackGit();
    good = odd.commit({ file: 'good' }, 'refs/heads/rc--2026-10-01_03-30');
    fork = odd.commit({ file: 'of a fork' }, undefined, good);
  });
  afterAll(() => odd.close());

  const raw = (name: string, text: string | Buffer): void => {
    const path = Buffer.concat([Buffer.from(`${odd.directory}/served/ic.git/`), Buffer.from(name, 'latin1')]);
    mkdirSync(dirname(path.toString('latin1')), { recursive: true });
    writeFileSync(path, text);
  };

  it('are left out and told, and the rest counts', async () => {
    const blob = odd.git('rev-parse', `${good}:file`);
    const tree = odd.git('rev-parse', `${good}^{tree}`);
    for (const [name, id] of [
      ['a-blob', blob],
      ['a-tree', tree],
    ] as const)
      odd.git('update-ref', `refs/tags/${name}`, id);
    odd.git('tag', '-a', '-m', 'x', 'to-a-blob', blob);
    odd.git('tag', '-a', '-m', 'x', 'to-a-tree', tree);
    odd.git('tag', '-a', '-m', 'x', 'to-a-tag', 'to-a-blob');
    odd.git('tag', '-a', '-m', 'x', 'release-to-a-commit', good);
    raw('refs/heads/a-tree', `${tree}\n`);
    raw('refs/heads/nothing', `${'1'.repeat(40)}\n`);
    raw('refs/heads/garbage', 'garbage\n');
    raw('refs/heads/o\xffdd', `${good}\n`);
    for (const turn of ['at first', 'again']) {
      const { presence, refs, leftOut } = (await lookAt(odd, good)) as CommitRefs;
      expect(presence, turn).toBe('on-refs');
      expect(refs).toContain('refs/heads/rc--2026-10-01_03-30');
      expect(refs).toContain('refs/tags/release-to-a-commit');
      expect(refs.filter((ref) => /blob|tree|tag$|nothing|garbage/.test(ref))).toEqual([]);
      expect(leftOut).toMatchObject({ count: 8 });
    }
    expect(await lookAt(odd, fork), 'an accusation stands').toMatchObject({ presence: 'off-refs', refs: [] });
    expect(await lookAt(odd, tree as CommitId)).toMatchObject({ presence: 'missing' });
  });

  it('may change between file and folder', async () => {
    odd.git('update-ref', 'refs/heads/turn', good);
    expect((await lookAt(odd, good)) as CommitRefs).toMatchObject({ presence: 'on-refs' });
    odd.git('update-ref', '-d', 'refs/heads/turn');
    odd.git('update-ref', 'refs/heads/turn/over', good);
    expect(((await lookAt(odd, good)) as CommitRefs).refs).toContain('refs/heads/turn/over');
    odd.git('update-ref', '-d', 'refs/heads/turn/over');
  });

  it('with a torn history accuse nobody: the commit may stand below it', async () => {
    const torn = odd.git('rev-parse', `${good}^{tree}`);
    const text = `tree ${torn}\nparent ${'2'.repeat(40)}\nauthor x <x@x> 1 +0000\ncommitter x <x@x> 1 +0000\n\nm\n`;
    const id = execFileSync('git', ['hash-object', '-t', 'commit', '-w', '--stdin'], {
      cwd: join(odd.directory, 'served', 'ic.git'),
      input: text,
      encoding: 'utf8',
    }).trim();
    raw('refs/heads/torn', `${id}\n`);
    expect(await lookAt(odd, good)).toMatchObject({ presence: 'on-refs' });
    expect(await lookAt(odd, fork)).toMatchObject({ status: 'unavailable', code: 'repository-unreachable' });
    odd.git('update-ref', '-d', 'refs/heads/torn');
  });

  it('may be very many', async () => {
    const lines = Array.from({ length: 5_000 }, (_, index) => `create refs/heads/many/${index} ${good}\n`).join('');
    execFileSync('git', ['update-ref', '--stdin'], { cwd: join(odd.directory, 'served', 'ic.git'), input: lines });
    odd.git('pack-refs', '--all');
    expect(((await lookAt(odd, good)) as CommitRefs).refs.length).toBeGreaterThan(5_000);
  });
});
