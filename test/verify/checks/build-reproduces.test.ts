import { describe, expect, it } from 'vitest';
import {
  ABSENT,
  BUILD,
  COMMIT,
  COMMIT_SUBJECT,
  election,
  flipped,
  ids,
  imageHash,
  key,
  missing,
  OTHER_COMMIT,
  seen,
  sha,
  TREE,
  url,
} from '../../support/evidence.ts';
import { World } from '../../support/world.ts';

const image = (sha256: ReturnType<typeof sha>) => seen({ sha256, bytes: 1 }, 'local build');
const right = image(imageHash('guestos'));
const wrong = image(flipped(imageHash('guestos')));
const third = image(sha('something else'));
const local = (attempt: number, component: 'guestos' | 'hostos' = 'guestos') =>
  key.localImage(COMMIT, attempt, component);
const say = (world: World) => world.say('build-reproduces', 'guestos');

describe('build-reproduces of the elected component', () => {
  it('is verified when the build gives the proposal’s hash, whatever the mirrors serve', () => {
    const world = new World().set(key.image(url('guestos', 'image')), wrong);
    const said = say(world);
    expect(said).toMatchObject({ outcome: 'verified', findings: [], caveats: [] });
    expect(said.comparisons).toMatchObject([
      { label: 'GuestOS image', equal: true, expected: { source: 'proposal 143816' } },
    ]);
  });

  it('takes the proposal’s hash in upper case for the same hash', () => {
    const packageSha256 = imageHash('guestos').toUpperCase() as ReturnType<typeof imageHash>;
    expect(say(new World({ subject: election({ packageSha256 }) })).outcome).toBe('verified');
  });

  it('is an unconfirmed mismatch when one build differs in one digit', () => {
    const said = say(new World().set(local(1), wrong));
    expect(said).toMatchObject({ outcome: 'mismatch', localOnly: true, confirmed: false });
    expect(said.comparisons).toMatchObject([{ equal: false, actual: { value: wrong.value.sha256 } }]);
    expect(said.sentence).toContain('(one build) does not match the hash in the proposal.');
  });

  it('stays unconfirmed when the second build gives nothing', () => {
    const said = say(new World().set(local(1), wrong).set(local(2), missing('rejected', 'build-failed')));
    expect(said).toMatchObject({ outcome: 'mismatch', localOnly: true, confirmed: false });
  });

  it('is confirmed when the second build gives the same again', () => {
    const said = say(new World().set(local(1), wrong).set(local(2), wrong));
    expect(said).toMatchObject({ outcome: 'mismatch', localOnly: true, confirmed: true });
    expect(said.sentence).toContain('two builds');
  });

  it.each([
    [wrong, right],
    [right, wrong],
  ])('is verified with a finding when only one of two builds gives the published bytes (%#)', (first, second) => {
    const said = say(new World().set(local(1), first).set(local(2), second));
    expect(said.outcome).toBe('verified');
    expect(ids(said.findings)).toEqual(['build-reproduces/not-deterministic']);
    expect(said.comparisons).toHaveLength(1);
    expect(said.comparisons.every(({ equal }) => equal)).toBe(true);
  });

  it('is inconclusive, not deterministic, when two builds differ from each other and from the published', () => {
    const said = say(new World().set(local(1), wrong).set(local(2), third));
    expect(said).toMatchObject({ outcome: 'inconclusive', reason: 'not-deterministic' });
    expect(said.comparisons).toHaveLength(2);
    expect(said.findings).toMatchObject([{ id: 'build-reproduces/not-deterministic', severity: 'serious' }]);
  });

  it.each(['host-unfit', 'build-failed', 'build-timeout', 'interrupted'] as const)(
    'says %s of a build that ended so',
    (code) => {
      const said = say(new World().set(local(1), missing('rejected', code, 'It is said why.')));
      expect(said).toMatchObject({ outcome: 'inconclusive', reason: code, sentence: 'It is said why.' });
    },
  );

  it('counts an output that is not there, or no regular file, as a failed build', () => {
    const said = say(new World().set(local(1), missing('absent', 'symbolic-link')));
    expect(said).toMatchObject({ outcome: 'inconclusive', reason: 'build-failed' });
    expect(say(new World().set(local(1), undefined))).toMatchObject({ reason: 'build-failed' });
  });

  it('takes the cause from the build itself where no output was recorded', () => {
    const world = new World().set(local(1), undefined).set(key.build(COMMIT, 1), missing('limit', 'build-timeout'));
    expect(say(world).reason).toBe('build-timeout');
  });

  it('does not take another component’s, commit’s or attempt’s output for an answer', () => {
    const world = new World().clear();
    world.set(local(1, 'hostos'), right).set(key.localImage(OTHER_COMMIT, 1, 'guestos'), right);
    world.set(key.localImage(COMMIT, 3, 'guestos'), right);
    expect(say(world)).toMatchObject({ outcome: 'inconclusive', reason: 'not-built' });
  });
});

describe('a build that never began', () => {
  const never = (): World => new World().set(local(1), missing('rejected', 'not-built'));

  it('is not built where it was not asked for', () => {
    const world = new World({ build: false }).set(local(1), missing('rejected', 'not-built'));
    world.set(key.commitRefs(COMMIT), missing());
    expect(say(world)).toMatchObject({ outcome: 'inconclusive', reason: 'not-built' });
    expect(say(world).sentence).toContain('not requested');
  });

  it('is withheld where the commit does not exist', () => {
    const world = never().set(key.commitRefs(COMMIT), seen({ presence: 'missing', refs: [] }));
    expect(say(world).reason).toBe('source-withheld');
  });

  it.each(['refs', 'tree'])('is unreachable where the %s could not be read', (what) => {
    const world = never().set(what === 'refs' ? key.commitRefs(COMMIT) : key.tree(COMMIT), missing());
    expect(say(world).reason).toBe('unreachable');
  });

  it('is not built where the layout is not supported', () => {
    const said = say(never().set(key.tree(COMMIT), seen({ ...TREE, buildScript: null })));
    expect(said.reason).toBe('not-built');
    expect(said.sentence).toContain('Layout not supported');
  });

  it('is not built otherwise, and when nobody recorded why', () => {
    expect(say(never())).toMatchObject({ reason: 'not-built', sentence: 'It was not built on this machine.' });
    expect(say(new World().clear())).toMatchObject({ outcome: 'inconclusive', reason: 'not-built' });
    expect(say(never().set(key.commitRefs(COMMIT), seen({ presence: 'off-refs', refs: [] }))).reason).toBe('not-built');
  });
});

describe('build-reproduces of a component that no proposal binds', () => {
  const say = (world: World) => world.say('build-reproduces', 'hostos');
  const world = () => new World({ subject: COMMIT_SUBJECT });
  const cdn = (mirror: 'systems' | 'network') => key.image(url('hostos', 'image', mirror));
  const built = image(imageHash('hostos'));
  const other = image(flipped(imageHash('hostos')));

  it('is verified against what the mirrors serve, one of them being enough', () => {
    expect(say(world()).comparisons).toHaveLength(2);
    expect(say(world())).toMatchObject({ outcome: 'verified' });
    expect(say(world().set(cdn('network'), missing()))).toMatchObject({ outcome: 'verified' });
  });

  it('is a mismatch that only the build shows when the mirrors agree', () => {
    const said = say(world().set(local(1, 'hostos'), other));
    expect(said).toMatchObject({ outcome: 'mismatch', localOnly: true });
    expect(said.sentence).toContain('does not match the published image');
  });

  it.each(['systems', 'network'] as const)('is never verified by equality with one of two mirrors (%s)', (mirror) => {
    expect(say(world().set(cdn(mirror), other))).toMatchObject({ outcome: 'mismatch', localOnly: false });
    const twice = world().set(cdn(mirror), other).set(local(2, 'hostos'), other);
    expect(say(twice).outcome).toBe('inconclusive');
  });

  it.each([
    [ABSENT, ABSENT, built, 'not-published'],
    [ABSENT, missing(), built, 'unreachable'],
    [undefined, undefined, built, 'unreachable'],
    [missing(), missing(), missing('rejected', 'build-failed'), 'unreachable'],
    [built, built, missing('rejected', 'build-failed'), 'build-failed'],
  ] as const)('is inconclusive when either side is missing (%#)', (systems, network, look, reason) => {
    const said = say(world().set(cdn('systems'), systems).set(cdn('network'), network).set(local(1, 'hostos'), look));
    expect(said).toMatchObject({ outcome: 'inconclusive', reason });
  });
});

describe('odd conduct of a build', () => {
  it.each([
    [{ leftBehind: 1 }, 'build-reproduces/left-running'],
    [{ logTruncated: true }, 'build-reproduces/log-flooded'],
    [{ treeDirty: true }, 'build-reproduces/tree-changed'],
  ])('is a finding when the bytes are right: %j', (conduct, id) => {
    for (const attempt of [1, 2]) {
      const said = say(new World().set(key.build(COMMIT, attempt), seen({ ...BUILD, ...conduct })));
      expect(said.outcome).toBe('verified');
      expect(ids(said.findings)).toEqual([id]);
    }
  });

  it('is told beside the finding that the build is not deterministic', () => {
    const world = new World().set(key.build(COMMIT, 1), seen({ ...BUILD, treeDirty: true })).set(local(1), wrong);
    expect(ids(say(world.set(local(2), right)).findings)).toEqual([
      'build-reproduces/tree-changed',
      'build-reproduces/not-deterministic',
    ]);
  });

  it('is told when the bytes are wrong or missing as well', () => {
    const odd = seen({ ...BUILD, leftBehind: 2 });
    for (const looks of [[wrong], [wrong, third], [missing()]]) {
      const world = new World().set(key.build(COMMIT, 1), odd);
      looks.forEach((look, index) => world.set(local(index + 1), look));
      expect(ids(say(world).findings)[0]).toBe('build-reproduces/left-running');
    }
  });
});

it('plans a build cell even with --no-build, so that it can never be verified', () => {
  const world = new World({ build: false });
  expect(world.plan.build).toBeNull();
  expect(world.plan.cells.filter(({ check }) => check === 'build-reproduces')).toHaveLength(4);
  expect(world.clear().verdict().outcome).toBe('inconclusive');
});
