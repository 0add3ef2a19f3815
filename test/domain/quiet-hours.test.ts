import { describe, expect, it } from 'vitest';
import { isQuiet } from '../../src/domain/quiet-hours.ts';

const NIGHT = { fromMinute: 22 * 60, toMinute: 7 * 60, timeZone: 'UTC' };
const at = (time: string): number => Date.parse(`${time}Z`);

describe('quiet hours', () => {
  it('reach over midnight, from their first minute to before their last', () => {
    const times = ['2026-06-01T21:59', '2026-06-01T22:00', '2026-06-02T00:00', '2026-06-02T06:59', '2026-06-02T07:00'];
    expect(times.map((time) => isQuiet(NIGHT, at(time)))).toEqual([false, true, true, true, false]);
  });

  it('can lie within one day', () => {
    const noon = { fromMinute: 12 * 60, toMinute: 13 * 60, timeZone: 'UTC' };
    expect(['2026-06-01T11:59', '2026-06-01T12:30', '2026-06-01T13:00'].map((time) => isQuiet(noon, at(time)))).toEqual(
      [false, true, false],
    );
  });

  it('go by the wall clocks of their zone, in summer and in winter', () => {
    const zurich = { ...NIGHT, timeZone: 'Europe/Zurich' };
    expect(isQuiet(zurich, at('2026-07-01T20:30'))).toBe(true);
    expect(isQuiet(zurich, at('2026-01-01T20:30'))).toBe(false);
    expect(isQuiet(zurich, at('2026-10-25T05:30'))).toBe(true);
    expect(isQuiet(zurich, at('2026-10-25T06:30'))).toBe(false);
  });
});
