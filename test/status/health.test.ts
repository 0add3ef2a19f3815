import { describe, expect, it } from 'vitest';
import type { Status } from '../../src/domain/overview.ts';
import type { LoopHealth, Trouble } from '../../src/domain/service-ports.ts';
import { channelsOf, healthOf, isReady } from '../../src/status/health.ts';

const AT = 1_790_000_000_000;
const MINUTE = 60_000;
const silenceMs = (): number => 15 * MINUTE;

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
  lastFailure: { atMs: AT - 1000, code: 'http-503', message: 'Busy.' },
});
const silent = (loop: string, minutes: number): LoopHealth => ({ ...well(loop), lastOkMs: AT - minutes * MINUTE });
const trouble = (key: string): Trouble => ({ key, sentence: `Trouble with ${key}.`, sinceMs: AT });

const LOOPS = ['discover', 'verify', 'clock', 'builder', 'watchdog'];
const loopsWith = (...others: readonly LoopHealth[]): readonly LoopHealth[] => [
  ...LOOPS.filter((name) => !others.some(({ loop }) => loop === name)).map(well),
  ...others,
];
const CONSOLE = well('deliver console');

function statusWith(changes: Partial<Status>): Status {
  return {
    network: 'mainnet',
    toolVersion: '1.0.0',
    at: AT,
    healthy: true,
    problems: [],
    watching: true,
    loops: loopsWith(CONSOLE),
    troubles: [],
    elections: [],
    pastRuns: [],
    pastBuilds: [],
    leases: ['watch', 'builder host'],
    queue: [],
    held: [],
    deliveries: [],
    ...changes,
  };
}

const waiting = [{ kind: 'build', waiting: 1, held: 0 }] as const;
const [discord, slack] = [well('deliver discord:1'), well('deliver slack:C1')];

const TABLE: readonly (readonly [
  string,
  Partial<Status>,
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
    { ok: false, says: /^discover has failed for 6 min: http-503\.$/ },
  ],
  [
    'polls hang',
    { loops: loopsWith(CONSOLE, silent('discover', 16)) },
    { ok: false, says: /^discover has ended no round for 16 min/ },
  ],
  ['verifying hangs', { loops: loopsWith(CONSOLE, silent('verify', 16)) }, { ok: false, says: /verify/ }],
  [
    'the builder cannot be kept running',
    { loops: loopsWith(CONSOLE, failing('builder', 6)) },
    { ok: false, says: /builder/ },
  ],
  ['trouble with the builder', { troubles: [trouble('builder')] }, { ok: false, says: /Trouble with builder/ }],
  ['builds wait, nobody builds', { queue: waiting, leases: ['watch'] }, { ok: false, says: /no builder runs/ }],
  ['builds wait for a builder that builds', { queue: waiting }, { ok: true }],
  ['the disk is full', { troubles: [trouble('disk /data')] }, { ok: false, says: /disk/ }],
  [
    'every channel fails',
    {
      loops: loopsWith(CONSOLE, discord, slack),
      troubles: [trouble('channel discord:1'), trouble('channel slack:C1')],
    },
    { ok: false, says: /^Every channel fails\.$/ },
  ],
  [
    'every channel’s loop fails',
    { loops: loopsWith(CONSOLE, failing('deliver discord:1', 9)) },
    { ok: false, says: /^Every channel fails\.$/ },
  ],
  [
    'one channel of two fails',
    { loops: loopsWith(CONSOLE, discord, slack), troubles: [trouble('channel discord:1')] },
    { ok: true, notes: ['Trouble with channel discord:1.'] },
  ],
  ['the console fails, alone', { troubles: [trouble('channel console')] }, { ok: false, says: /Every channel/ }],
  ['tidying up fails', { loops: loopsWith(CONSOLE, failing('housekeeping', 60)) }, { ok: true }],
  ['one host lies', { troubles: [trouble('discover host x')] }, { ok: true }],
];

describe('health', () => {
  it.each(TABLE)('with %s', (_what, changes, { ok, says, notes }) => {
    const report = healthOf(statusWith(changes), silenceMs);
    expect(report.ok).toBe(ok);
    expect(report.problems.length > 0).toBe(!ok);
    if (says) expect(report.problems.join('\n')).toMatch(says);
    if (notes) expect(report.notes).toEqual(notes);
  });

  it('is of what runs now, not of channels that are gone', () => {
    const deliveries = [{ notifier: 'slack:OLD', waiting: 3, failing: 3, dead: 0, sentAtMs: null }];
    expect(channelsOf(statusWith({ deliveries }))).toEqual([{ id: 'console', ok: true }]);
  });

  it('is ready after the first good look for proposals of this start', () => {
    const begun = (lastOkMs: number | null): Status =>
      statusWith({ loops: [{ ...well('discover'), begunMs: AT, lastOkMs }] });
    expect(isReady(begun(null))).toBe(false);
    expect(isReady(begun(AT - 1))).toBe(false);
    expect(isReady(begun(AT + 1))).toBe(true);
    expect(isReady(statusWith({ loops: [] }))).toBe(false);
    expect(isReady({ ...begun(AT + 1), watching: false })).toBe(false);
  });
});
