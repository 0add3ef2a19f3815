import { describe, expect, it } from 'vitest';
import { channelsOf, healthOf, isReady, type HealthFacts } from '../../src/domain/health.ts';
import type { LoopHealth, Incident } from '../../src/domain/service-ports.ts';

const AT = 1_790_000_000_000;
const MINUTE = 60_000;

const well = (loop: string): LoopHealth => ({
  loop,
  begunMs: AT - 90 * MINUTE,
  lastOkMs: AT - MINUTE,
  lastFailure: null,
});
const failing = (loop: string, minutes: number): LoopHealth => ({
  loop,
  begunMs: AT - 90 * MINUTE,
  lastOkMs: AT - minutes * MINUTE,
  lastFailure: { atMs: AT - 1000, code: 'http-503', message: 'Busy.\u001b[2J' },
});
const silent = (loop: string, minutes: number): LoopHealth => ({ ...well(loop), lastOkMs: AT - minutes * MINUTE });
const trouble = (key: string): Incident => ({ key, sentence: `Trouble with ${key}.`, sinceMs: AT });

const LOOPS = ['discover', 'verify', 'clock', 'builder', 'watchdog'];
const loopsWith = (...others: readonly LoopHealth[]): readonly LoopHealth[] => [
  ...LOOPS.filter((name) => !others.some(({ loop }) => loop === name)).map(well),
  ...others,
];
const CONSOLE = well('deliver console');

function factsWith(changes: Partial<HealthFacts>): HealthFacts {
  return { watching: true, loops: loopsWith(CONSOLE), troubles: [], unclaimed: null, rarePolls: false, ...changes };
}

const waiting = (minutes: number) => ({ builds: 1, sinceMs: AT - minutes * MINUTE });
const [discord, slack] = [well('deliver discord:1'), well('deliver slack:C1')];

const TABLE: readonly (readonly [
  string,
  Partial<HealthFacts>,
  { ok: boolean; says?: RegExp; notes?: readonly string[] },
])[] = [
  ['console alone', {}, { ok: true, notes: ['console-only'] }],
  ['a chat channel', { loops: loopsWith(CONSOLE, discord) }, { ok: true, notes: [] }],
  ['no channel at all', { loops: loopsWith() }, { ok: false, says: /No channel/ }],
  ['no loop at all', { loops: [] }, { ok: false, says: /No loop/ }],
  ['no service', { watching: false }, { ok: false, says: /not running/ }],
  ['polls fail for a moment', { loops: loopsWith(CONSOLE, failing('discover', 2)) }, { ok: true }],
  [
    'polls fail for longer',
    { loops: loopsWith(CONSOLE, failing('discover', 6)) },
    { ok: false, says: /^discover has failed for 6 min: Busy\. \(http-503\)$/ },
  ],
  [
    'polls hang',
    { loops: loopsWith(CONSOLE, silent('discover', 11)) },
    { ok: false, says: /^discover has not completed a round for 11 min/ },
  ],
  ['verifying hangs', { loops: loopsWith(CONSOLE, silent('verify', 11)) }, { ok: false, says: /verify/ }],
  [
    'the builder cannot be kept running',
    { loops: loopsWith(CONSOLE, failing('builder', 6)) },
    { ok: false, says: /builder/ },
  ],
  ['trouble with the builder', { troubles: [trouble('builder')] }, { ok: false, says: /Trouble with builder/ }],
  ['builds wait, and no builder runs', { unclaimed: waiting(5) }, { ok: false, says: /no builder is running/ }],
  ['a build waits for a builder that starts again', { unclaimed: waiting(4) }, { ok: true }],
  [
    'the same, as the watchdog has it',
    { unclaimed: waiting(5), troubles: [trouble('queue build')] },
    { ok: false, says: /^Trouble with queue build\.$/ },
  ],
  ['a loop that never began', { loops: loopsWith(CONSOLE).slice(1) }, { ok: false, says: /^discover has never/ }],
  [
    'polls that are set to be rare',
    { rarePolls: true, loops: loopsWith(CONSOLE, silent('discover', 900)) },
    { ok: true },
  ],
  ['the disk is full', { troubles: [trouble('disk /data')] }, { ok: false, says: /disk/ }],
  [
    'every channel fails',
    {
      loops: loopsWith(CONSOLE, discord, slack),
      troubles: [trouble('channel discord:1'), trouble('channel slack:C1')],
    },
    { ok: false, says: /^Every channel is failing\.$/ },
  ],
  [
    'every channel’s loop fails',
    { loops: loopsWith(CONSOLE, failing('deliver discord:1', 9)) },
    { ok: false, says: /^Every channel is failing\.$/ },
  ],
  [
    'one channel of two fails',
    { loops: loopsWith(CONSOLE, discord, slack), troubles: [trouble('channel discord:1')] },
    { ok: true, notes: ['Trouble with channel discord:1.'] },
  ],
  ['the console fails, alone', { troubles: [trouble('channel console')] }, { ok: false, says: /Every channel/ }],
  ['tidying up fails', { loops: loopsWith(CONSOLE, failing('retention', 60)) }, { ok: true }],
  ['one host lies', { troubles: [trouble('discover host x')] }, { ok: true }],
];

describe('health', () => {
  it.each(TABLE)('with %s', (_what, changes, { ok, says, notes }) => {
    const report = healthOf(factsWith(changes), AT);
    expect(report.ok).toBe(ok);
    expect(report.problems.length > 0).toBe(!ok);
    if (says) expect(report.problems.join('\n')).toMatch(says);
    if (notes) expect(report.notes).toEqual(notes);
  });

  it('is of what runs now, not of channels that are gone', () => {
    const gone = [trouble('channel slack:OLD')];
    expect(channelsOf(factsWith({ troubles: gone }), AT)).toEqual([{ id: 'console', ok: true }]);
  });

  it('is ready after the first good look for proposals of this start', () => {
    const begun = (lastOkMs: number | null): HealthFacts =>
      factsWith({ loops: [{ ...well('discover'), begunMs: AT, lastOkMs }] });
    expect(isReady(begun(null))).toBe(false);
    expect(isReady(begun(AT - 1))).toBe(false);
    expect(isReady(begun(AT + 1))).toBe(true);
    expect(isReady(factsWith({ loops: [] }))).toBe(false);
    expect(isReady({ ...begun(AT + 1), watching: false })).toBe(false);
  });
});
