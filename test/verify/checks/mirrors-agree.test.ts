import { describe, expect, it } from 'vitest';
import { mirrorsAgree } from '../../../src/verify/checks/mirrors-agree.ts';
import {
  ABSENT,
  flipped,
  imageHash,
  key,
  MEASUREMENTS,
  MEASUREMENTS_SHA,
  missing,
  seen,
  sumsOf,
  url,
} from '../../support/evidence.ts';
import { World } from '../../support/world.ts';

const say = (world: World, component: 'guestos' | 'hostos' = 'guestos') => world.say('mirrors-agree', component);
const image = (mirror: 'systems' | 'network') => key.image(url('guestos', 'image', mirror));
const sums = (mirror: 'systems' | 'network') => key.sums(url('guestos', 'checksums', mirror));
const file = (mirror: 'systems' | 'network') => key.measurements(url('guestos', 'measurements', mirror));

describe('mirrors-agree', () => {
  it('is verified when the mirrors list and serve the same', () => {
    const said = say(new World());
    expect(said.outcome).toBe('verified');
    expect(said.comparisons.map(({ label }) => label)).toEqual([
      'update-img.tar.zst in SHA256SUMS',
      'launch-measurements.json in SHA256SUMS',
      'launch-measurements.json',
      'update-img.tar.zst',
    ]);
    expect(say(new World(), 'hostos').comparisons).toHaveLength(2);
  });

  it.each(['systems', 'network'] as const)('is a mismatch when %s lists or serves another file', (mirror) => {
    const other = flipped(imageHash('guestos'));
    const worlds = [
      new World().set(image(mirror), seen({ sha256: other, bytes: 1 })),
      new World().set(sums(mirror), seen(sumsOf('guestos', { 'update-img.tar.zst': other }))),
      new World().set(sums(mirror), seen(sumsOf('guestos', { 'launch-measurements.json': other }))),
      new World().set(file(mirror), seen({ sha256: flipped(MEASUREMENTS_SHA), bytes: 1, entries: MEASUREMENTS })),
    ];
    for (const world of worlds) {
      const said = say(world);
      expect(said).toMatchObject({ outcome: 'mismatch', localOnly: false });
      expect(said.comparisons.filter(({ equal }) => !equal)).toHaveLength(1);
    }
  });

  it('does not mind the order of lines, nor lines of other files', () => {
    const { entries, ...rest } = sumsOf('guestos', { 'other-file': imageHash('hostos') });
    const list = { ...rest, entries: [...entries].reverse() };
    expect(say(new World().set(sums('network'), seen(list))).outcome).toBe('verified');
    const twin = { name: 'update-img.tar.zst', sha256: flipped(imageHash('guestos')) };
    const front = { ...rest, entries: [twin, ...entries] };
    const back = { ...rest, entries: [...entries, twin] };
    expect(say(new World().set(sums('systems'), seen(front)).set(sums('network'), seen(back))).outcome).toBe(
      'verified',
    );
  });

  it.each([
    [ABSENT, ABSENT, 'not-published'],
    [missing(), ABSENT, 'unreachable'],
  ] as const)('is open when images were not observed (%#)', (systems, network, reason) => {
    const said = say(new World().set(image('systems'), systems).set(image('network'), network));
    expect(said).toMatchObject({ outcome: 'inconclusive', reason });
  });

  it.each([image('systems'), image('network'), sums('systems'), sums('network'), file('network')])(
    'is open when only one side of a file was observed: $kind',
    (one) => {
      for (const look of [missing(), undefined]) {
        const said = say(new World().set(one as ReturnType<typeof image>, look));
        expect(said).toMatchObject({ outcome: 'inconclusive', reason: 'unreachable' });
        const open = said.comparisons.filter(({ equal }) => !equal);
        expect(open.length).toBeGreaterThan(0);
        for (const { expected, actual } of open) expect([expected.value === null, actual.value]).toEqual([false, null]);
      }
    },
  );

  it('is open, not a mismatch, when one mirror’s sums lack a line', () => {
    const lacking = seen(sumsOf('guestos', { 'update-img.tar.zst': undefined }));
    expect(say(new World().set(sums('network'), lacking)).outcome).toBe('inconclusive');
    expect(say(new World().clear()).outcome).toBe('inconclusive');
  });

  it.each([[['network']], [[]]] as const)('never passes for want of a second mirror (%#)', (mirrors) => {
    const world = new World();
    const cell = world.plan.cells.find(({ check }) => check === 'mirrors-agree')!;
    const said = mirrorsAgree.judge(cell, { ...world.scope, mirrors }, world.evidence());
    expect(said).toMatchObject({ outcome: 'inconclusive', comparisons: [] });
  });

  it('is skipped when only one mirror was asked for', () => {
    const { cells, skipped } = new World({ mirrors: ['network'] }).plan;
    expect(cells.some(({ check }) => check === 'mirrors-agree')).toBe(false);
    expect(skipped.filter(({ check }) => check === 'mirrors-agree')).toHaveLength(4);
    expect(skipped.find(({ check }) => check === 'mirrors-agree')).toMatchObject({
      component: 'guestos',
      tier: 'corroborating',
      reason: 'Only one download host was requested.',
    });
  });
});
