import { expect, it } from 'vitest';
import { keyText } from '../../src/domain/evidence.ts';
import { isLong, seeded, testSeed } from '../support/seeded.ts';
import { BUILD_MS, BURDENS, LIARS, LOOK_MS, SOURCES, tellings, withoutBurden } from './straggler-world.ts';

/** The contract: no single source may delay the word of another by more. Three looks may have to follow each other. */
const LATEST_MS = 10_000 + 3 * LOOK_MS;

const cases = SOURCES.flatMap((key) =>
  BURDENS.flatMap((how) =>
    [null, ...LIARS].map((liar) => ({
      burden: { key, how },
      liar,
      name: liar && liar !== 'build' ? keyText(liar) : liar,
    })),
  ),
).filter(({ burden, name }) => keyText(burden.key) !== name);
const random = seeded(testSeed);
const chosen = isLong ? cases : cases.filter(() => random() < 60 / cases.length);

it(
  `tells within ten seconds what shows without one burdensome source (${chosen.length} of ${cases.length}, seed ${testSeed})`,
  async () => {
    for (const { burden, liar, name } of chosen) {
      const what = `${burden.how} ${keyText(burden.key)}, ${name ?? 'nobody'} lies`;
      const pure = withoutBurden(burden, liar);
      const { told } = await tellings(burden, liar);
      const first = (outcome: string): number =>
        told.find(({ verdict }) => verdict.outcome === outcome)?.at ?? Infinity;
      if (pure.beforeBuild.outcome === 'mismatch') expect(first('mismatch'), what).toBeLessThanOrEqual(LATEST_MS);
      else if (pure.all.outcome === 'mismatch')
        expect(first('mismatch'), what).toBeLessThanOrEqual(BUILD_MS + LATEST_MS);
      else if (pure.builds) {
        expect(first(pure.all.outcome), what).toBeLessThanOrEqual(BUILD_MS + LATEST_MS);
        expect(first('mismatch'), what).toBe(Infinity);
      }
    }
  },
  isLong ? 1_200_000 : 60_000,
);

it('tells a second build’s word though a URL of the proposal still trickles', async () => {
  const [key] = SOURCES.filter(({ kind }) => kind === 'image');
  if (!key) throw new Error('no image');
  const { told } = await tellings({ key, how: 'slow' }, 'build');
  expect(told.map(({ at, verdict }) => [verdict.outcome, verdict.confirmed, at < 2 * BUILD_MS + LATEST_MS])).toEqual([
    ['mismatch', false, true],
    ['mismatch', true, true],
    ['mismatch', true, false],
  ]);
});

it('says verified so far of a release of which one URL trickles, and alarms once its bytes differ', async () => {
  const [key] = SOURCES.filter(({ kind }) => kind === 'image');
  if (!key) throw new Error('no image');
  const good = await tellings({ key, how: 'slow' }, null);
  expect(good.told.map(({ verdict }) => verdict.outcome)).toEqual(['verified', 'verified']);
  const [soFar, whole] = good.told;
  expect(soFar?.verdict.headline).toContain('known so far');
  expect(soFar?.verdict.caveats.map(({ id }) => id)).toContain('run/so-far');
  expect(whole?.verdict.caveats).toEqual([]);
  const bad = await tellings({ key, how: 'slow' }, key);
  expect(bad.told.map(({ verdict }) => verdict.outcome)).toEqual(['verified', 'mismatch']);
});
