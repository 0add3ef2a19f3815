import { describe, expect, it } from 'vitest';
import {
  COMMIT,
  COMMIT_SUBJECT,
  election,
  ids,
  key,
  missing,
  seen,
  sumsOf,
  TREE,
  url,
} from '../../support/evidence.ts';
import { World } from '../../support/world.ts';

const say = (world: World) => world.say('provenance', 'guestos');
const unattested = (overrides = {}): World => {
  const none = seen({ digest: sumsOf('guestos').sha256, attestations: [] });
  return (['systems', 'network'] as const).reduce(
    (world, mirror) => world.set(key.attestations(url('guestos', 'checksums', mirror)), none),
    new World(overrides),
  );
};

describe('a release without attestations', () => {
  it('expects attestations from 2026-08-31 on, by a date beside the commit’s own', () => {
    const since = Date.parse('2026-08-31T00:00:00Z') / 1000;
    const [old, young] = ['rc--2026-08-30_03-30', 'rc--2026-08-31_03-30'].map((name) => `refs/heads/${name}`);
    const none = (committedAt: number, refs: readonly (string | undefined)[], submittedAt: number | null) => {
      const subject = submittedAt === null ? COMMIT_SUBJECT : election({}, { submittedAt });
      const world = unattested({ subject }).set(key.tree(COMMIT), seen({ ...TREE, committedAt }));
      return say(world.set(key.commitRefs(COMMIT), seen({ presence: 'on-refs', refs: refs as string[] })));
    };
    const older = [
      none(since - 1, [old], since + 9),
      none(since - 1, [young, 'refs/heads/master', old], since + 9),
      none(since - 1, ['refs/heads/hotfix-2026-08-30_03-30-x'], null),
      none(since - 1, ['refs/tags/release-2026-08-30_03-30-base'], null),
      none(since - 1, [young], since - 1),
      none(since - 1, ['refs/heads/master'], since - 1),
    ];
    for (const said of older) {
      expect(said).toMatchObject({ outcome: 'inconclusive', reason: 'not-published', findings: [] });
      expect(ids(said.caveats)).toEqual(['provenance/older-than-attestations']);
      expect(said.sentence).toContain('older than attestations');
    }
    const expected = [
      none(since, [old], since - 1),
      none(1, [young], since),
      none(1, ['refs/heads/master', 'refs/heads/rc--2026-99-99_x', 'refs/heads/of/rc--2020-01-01_x'], null),
      none(1, ['refs/pull/rc--2020-01-01_x', 'refs/tags/rc--2020-01-01_x'], since),
      none(1, [], null),
    ];
    for (const said of expected) {
      expect(ids(said.caveats)).toEqual(['provenance/expected-not-found']);
      expect(said.findings).toMatchObject([{ id: 'provenance/expected-not-found', severity: 'warning' }]);
      expect(said.sentence).toContain('expected, not found');
    }
    for (const unknown of [missing(), undefined]) {
      const said = say(unattested().set(key.tree(COMMIT), unknown));
      expect(ids(said.findings)).toEqual(['provenance/expected-not-found']);
      const refs = unattested({ subject: COMMIT_SUBJECT }).set(key.tree(COMMIT), seen({ ...TREE, committedAt: 1 }));
      expect(ids(say(refs.set(key.commitRefs(COMMIT), unknown)).findings)).toEqual(['provenance/expected-not-found']);
    }
  });
});
