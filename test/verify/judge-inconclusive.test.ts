import { describe, expect, it } from 'vitest';
import type { Reason } from '../../src/domain/check.ts';
import {
  ABSENT,
  COMMIT,
  COMMIT_SUBJECT,
  key,
  missing,
  OTHER_COMMIT,
  proposal,
  retireOnly,
  seen,
  sumsOf,
  TREE,
} from '../support/evidence.ts';
import { World } from '../support/world.ts';
import { built, bytes, everywhere, image, local, nothing, sums, type Change } from './outcome-cases.ts';

describe('the contract’s outcome table: inconclusive', () => {
  const acting = (action: ReturnType<typeof proposal>['action']): World =>
    new World({ subject: { mode: 'proposal', proposal: proposal({ action }), version: null } });
  it.each<[Reason, string, World, Change]>([
    [
      'malformed-payload',
      'a payload that is not to be understood',
      acting({ kind: 'undecodable', code: 'x', sentence: 'y' }),
      nothing,
    ],
    ['not-an-election', 'another kind of proposal', acting({ kind: 'other' }), nothing],
    ['nothing-to-build', 'a proposal that only retires', new World({ subject: retireOnly([OTHER_COMMIT]) }), nothing],
    [
      'source-withheld',
      'a commit that does not exist upstream',
      new World(),
      (world) => {
        built('not-built')(world);
        world.set(key.commitRefs(COMMIT), seen({ presence: 'missing', refs: [] }));
      },
    ],
    [
      'not-published',
      '404 everywhere',
      new World(),
      (world) => {
        for (const at of [image, sums]) everywhere(at, ABSENT)(world);
      },
    ],
    [
      'unlisted',
      'sums without the line',
      new World(),
      everywhere(sums, seen(sumsOf('guestos', { 'update-img.tar.zst': undefined }))),
    ],
    ['unreachable', 'downloads that break', new World(), everywhere(image, missing('transport', 'short-body'))],
    [
      'unreachable',
      'git down',
      new World(),
      (world) => {
        built('not-built')(world);
        world.set(key.commitRefs(COMMIT), missing()).set(key.tree(COMMIT), missing());
      },
    ],
    ['host-unfit', 'a machine that cannot build', new World(), built('host-unfit')],
    ['build-failed', 'a build that fails', new World(), built('build-failed')],
    ['build-failed', 'a build without the file', new World(), built('output-missing', 'absent')],
    ['build-timeout', 'a build that hangs', new World(), built('build-timeout', 'limit')],
    [
      'not-deterministic',
      'two builds that differ',
      new World(),
      (world) => world.set(local(1), bytes()).set(local(2), bytes('hostos')),
    ],
    ['not-built', '--no-build', new World({ build: false }), built('not-built')],
    [
      'not-built',
      'layout not supported',
      new World(),
      (world) => {
        built('not-built')(world);
        world.set(key.tree(COMMIT), seen({ ...TREE, buildScript: null }));
      },
    ],
    ['interrupted', 'a build that was stopped', new World(), built('interrupted')],
    [
      'not-built',
      'a commit without a build',
      new World({ subject: COMMIT_SUBJECT, build: false }),
      (world) => {
        for (const { component } of world.scope.components) world.set(key.localImage(COMMIT, 1, component), undefined);
      },
    ],
  ])('%s: %s', (reason, _case, world, change) => {
    change(world);
    const verdict = world.verdict();
    expect([verdict.outcome, verdict.reason]).toEqual(['inconclusive', reason]);
    expect(verdict.headline).toContain(`INCONCLUSIVE (${reason}): `);
  });
});
