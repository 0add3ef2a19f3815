import { BUILD, builtAgain, COMMIT, key, MEASUREMENTS, MEASUREMENTS_SHA, missing, seen, TREE } from './evidence.ts';
import type { World } from './world.ts';
import { both, code, local, measured, other, right, third, world } from './special-kit.ts';

/** What is odd about a build, or about the source that it is of. */
export const SPECIAL_BUILDS: readonly (readonly [string, World])[] = [
  ['a second build that is right', world([...builtAgain(), [local(1), other], [local(2), right]])],
  ['a second build that gives the same again', world([...builtAgain(), [local(1), other], [local(2), other]])],
  ['a second build that gives a third image', world([...builtAgain(), [local(1), other], [local(2), third]])],
  [
    'measurements that the second build has right',
    world([...builtAgain(), measured(1, MEASUREMENTS.slice(1)), measured(2, MEASUREMENTS)]),
  ],
  [
    'measurements that both builds have wrong',
    world([...builtAgain(), measured(1, MEASUREMENTS.slice(1)), measured(2, MEASUREMENTS.slice(1))]),
  ],
  [
    'measurements that no two builds have alike',
    world([...builtAgain(), measured(1, MEASUREMENTS.slice(1)), measured(2, MEASUREMENTS.slice(2))]),
  ],
  [
    'an image that only the first build has right, and measurements that only the second has',
    world([...builtAgain(), measured(1, MEASUREMENTS.slice(1)), [local(2), other]]),
  ],
  [
    'measurements without a CPU type in the build',
    world([
      measured(
        1,
        MEASUREMENTS.map((entry) => ({ ...entry, vcpuType: null })),
      ),
    ]),
  ],
  ['measurements of the build that cannot be read', world([measured(1, null)])],
  [
    'measurements that cannot be read anywhere',
    world([measured(1, null), ...both('measurements', seen({ sha256: MEASUREMENTS_SHA, bytes: 1, entries: null }))]),
  ],
  [
    'a build that leaves programs, floods its log and changes its sources',
    world([[key.build(COMMIT, 1), seen({ ...BUILD, leftBehind: 2, logTruncated: true, treeDirty: true })]]),
  ],
  ...['host-unfit', 'build-failed', 'build-timeout', 'not-built', 'interrupted', 'else'].map(
    (name) =>
      [
        `a build that is ${name}`,
        world([
          [local(1), code(name)],
          [key.build(COMMIT, 1), code(name)],
        ]),
      ] as const,
  ),
  ['no build asked for', world([[local(1), undefined]], { build: false })],
  ['no attestations asked for', world([], { attestations: false })],
  [
    'no script in the tree',
    world([
      [local(1), undefined],
      [key.build(COMMIT, 1), undefined],
      [key.tree(COMMIT), seen({ ...TREE, buildScript: null })],
    ]),
  ],
  [
    'a tree out of reach',
    world([
      [local(1), undefined],
      [key.build(COMMIT, 1), undefined],
      [key.tree(COMMIT), missing()],
    ]),
  ],
  [
    'a source that is withheld',
    world([
      [local(1), undefined],
      [key.build(COMMIT, 1), undefined],
      [key.commitRefs(COMMIT), seen({ presence: 'missing', refs: [] })],
    ]),
  ],
];
