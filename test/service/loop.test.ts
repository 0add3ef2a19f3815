import { afterEach, describe, expect, it, vi } from 'vitest';
import { cronTicker, Loop, type Ticker } from '../../src/service/loop.ts';

function handTicker(): Ticker & { tick: () => void; stopped: boolean } {
  let onTick: () => void = () => undefined;
  const ticker = {
    stopped: false,
    start: (callback: () => void) => void (onTick = callback),
    stop: () => void (ticker.stopped = true),
    tick: () => onTick(),
  };
  return ticker;
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const settled = (): Promise<void> => new Promise((done) => setImmediate(done));

describe('a loop of the service', () => {
  it('runs at the start and at each tick, never two rounds at once', async () => {
    const ticker = handTicker();
    let open = 0;
    let rounds = 0;
    const gates: (() => void)[] = [];
    const round = async (): Promise<void> => {
      open += 1;
      expect(open).toBe(1);
      await new Promise<void>((done) => gates.push(done));
      open -= 1;
      rounds += 1;
    };
    const loop = new Loop({ name: 'x', ticker, round, ended: () => undefined });
    loop.start();
    ticker.tick();
    ticker.tick();
    gates.shift()?.();
    await settled();
    expect(rounds).toBe(1);
    gates.shift()?.();
    await settled();
    expect([rounds, gates.length]).toEqual([2, 0]);
    await loop.stop();
  });

  it('goes on after a round that failed, and says that it did', async () => {
    const ticker = handTicker();
    const failures: unknown[] = [];
    let rounds = 0;
    const round = async (): Promise<void> => {
      rounds += 1;
      if (rounds === 1) throw new Error('down');
    };
    const loop = new Loop({ name: 'x', ticker, round, ended: (_name, failure) => failures.push(failure) });
    loop.start();
    await settled();
    ticker.tick();
    await settled();
    expect(failures).toEqual([new Error('down'), null]);
    await loop.stop();
  });

  it('asks the round under way to end, waits for it, and starts no other', async () => {
    const ticker = handTicker();
    let ended = false;
    const round = (signal: AbortSignal): Promise<void> =>
      new Promise((done) => {
        signal.addEventListener('abort', () =>
          setImmediate(() => {
            ended = true;
            done();
          }),
        );
      });
    const loop = new Loop({ name: 'x', ticker, round, ended: () => undefined });
    loop.start();
    ticker.tick();
    await loop.stop();
    expect([ended, ticker.stopped]).toEqual([true, true]);
    ticker.tick();
    await settled();
  });

  it('ticks late where there was no time at the minute, without a word of the library’s', async () => {
    vi.useFakeTimers({ now: Date.UTC(2026, 8, 18, 12, 0, 30) });
    const said = (['log', 'info', 'warn', 'error'] as const).map((name) => vi.spyOn(console, name));
    const ticks: string[] = [];
    const ticker = cronTicker('* * * * *');
    ticker.start(() => ticks.push(new Date().toISOString().slice(11, 19)));
    // The machine slept over a minute's turn.
    vi.setSystemTime(Date.UTC(2026, 8, 18, 12, 1, 10));
    await vi.advanceTimersByTimeAsync(35_000);
    expect(ticks).toEqual(['12:01:40']);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(ticks).toEqual(['12:01:40', '12:02:00']);
    expect(said.flatMap(({ mock }) => mock.calls)).toEqual([]);
    ticker.stop();
  });

  it('takes a cron expression and can be stopped', () => {
    const ticker = cronTicker('* * * * *');
    ticker.start(() => undefined);
    ticker.stop();
    expect(() => cronTicker('nonsense').start(() => undefined)).toThrow();
  });
});
