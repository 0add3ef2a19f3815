import { describe, expect, it } from 'vitest';
import { estimatePlan, NO_PAST, type PlannedImage } from '../../src/domain/plan-estimate.ts';
import { UNKNOWN_RUN_SECONDS } from '../../src/domain/reminders.ts';

const images: readonly PlannedImage[] = [
  { url: 'https://a.example/1', component: 'guestos' },
  { url: 'https://b.example/1', component: 'guestos' },
  { url: 'https://a.example/2', component: 'setupos' },
];

describe('what a run would cost', () => {
  it('is what earlier ones did here, image by image', () => {
    const past = { imageBytes: new Map([['guestos', 100] as const]), runSeconds: [50, 70, 60] };
    expect(estimatePlan(images, true, past)).toEqual({
      downloads: [
        { component: 'guestos', images: 2, bytes: 100, basis: 'recorded' },
        { component: 'setupos', images: 1, bytes: 2_370_000_000, basis: 'typical' },
      ],
      bytes: 2_370_000_200,
      time: { seconds: 60, basis: 'recorded' },
    });
  });

  it('is typical where nothing was seen here, and says so', () => {
    const { downloads, time } = estimatePlan(images, true, NO_PAST);
    expect(downloads.map(({ basis }) => basis)).toEqual(['typical', 'typical']);
    expect(time).toEqual({ seconds: UNKNOWN_RUN_SECONDS, basis: 'typical' });
  });

  it('has no time of a build where nothing is built, and counts nothing of what it does not know', () => {
    expect(estimatePlan([{ url: 'https://a.example/', component: null }], false, NO_PAST)).toEqual({
      downloads: [],
      bytes: 0,
      time: null,
    });
  });
});
