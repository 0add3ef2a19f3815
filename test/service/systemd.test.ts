import { describe, expect, it, vi } from 'vitest';
import { notifySystemd } from '../../src/service/systemd.ts';
import { Service } from '../../src/service/supervisor.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { Exec, RunOptions } from '../../src/platform/exec.ts';
import { serviceManager } from '../../src/platform/service-manager.ts';
import { quietLog } from './quiet-log.ts';

const NOTIFY = { PATH: '/usr/bin', NOTIFY_SOCKET: '/run/notify' };

/** Notes what would be run, and ends it well. */
function noting(): { exec: Exec; ran: RunOptions[] } {
  const ran: RunOptions[] = [];
  const result = { cause: 'exited', exitCode: 0 } as Awaited<ReturnType<Exec['run']>>;
  return { ran, exec: { run: async (options) => (ran.push(options), result) } };
}

const said = (ran: readonly RunOptions[]): string[] => ran.map(({ argv }) => argv.slice(1).join(' '));

describe('what systemd is told', () => {
  it('is nothing where it did not ask', () => {
    expect(serviceManager({ PATH: '/usr/bin' }, noting().exec)).toBeNull();
  });

  it('goes by its own program, which learns nothing but the socket', async () => {
    const { exec, ran } = noting();
    expect(await serviceManager({ ...NOTIFY, DISCORD_BOT_TOKEN: 'secret' }, exec)?.tell('READY=1')).toBe(true);
    expect(ran[0]).toMatchObject({ argv: ['systemd-notify', 'READY=1'], env: { ...NOTIFY, LC_ALL: 'C' } });
    expect(Object.keys(ran[0]?.env ?? {})).toEqual(['PATH', 'LC_ALL', 'NOTIFY_SOCKET']);
  });

  it.each([
    [{ WATCHDOG_USEC: '90000000' }, 90_000],
    [{ WATCHDOG_USEC: '90000000', WATCHDOG_PID: String(process.pid) }, 90_000],
    [{ WATCHDOG_USEC: '90000000', WATCHDOG_PID: '1' }, null],
    [{ WATCHDOG_USEC: 'soon' }, null],
    [{}, null],
  ])('with %j leaves a watchdog of %s ms', (env, ms) => {
    expect(serviceManager({ ...NOTIFY, ...env }, noting().exec)?.watchdogMs).toBe(ms);
  });

  it('is ready, then life only while no loop hangs, then the end', async () => {
    const { exec, ran } = noting();
    const manager = serviceManager({ ...NOTIFY, WATCHDOG_USEC: '30000' }, exec);
    const over = new AbortController();
    let hanging: string[] = [];
    const supervised = notifySystemd({ manager, stuck: () => hanging, clock: systemClock, log: quietLog }, over.signal);
    await vi.waitUntil(() => said(ran).filter((line) => line === 'WATCHDOG=1').length >= 3);
    expect(said(ran)[0]).toMatch(/^READY=1 /);
    hanging = ['verify'];
    await systemClock.sleep(50);
    const before = ran.length;
    await systemClock.sleep(100);
    expect(ran).toHaveLength(before);
    hanging = [];
    await vi.waitUntil(() => ran.length > before);
    over.abort();
    await supervised;
    expect(said(ran).at(-1)).toMatch(/^STOPPING=1 /);
  });
});

describe('a loop that hangs', () => {
  it('is known by a round that came to no end, good or bad', async () => {
    const health = {
      begin: async () => undefined,
      ended: async () => undefined,
      probe: async () => undefined,
      loops: async () => [],
    };
    const never = { start: () => undefined, stop: () => undefined };
    const fails = async (): Promise<void> => Promise.reject(new Error('down'));
    const hangs = (signal: AbortSignal): Promise<void> =>
      new Promise((done) => signal.addEventListener('abort', () => done()));
    const plans = [
      { name: 'fails', ticker: never, round: fails },
      { name: 'hangs', ticker: never, round: hangs },
    ];
    const service = new Service(plans, { health, log: quietLog, now: () => 0 });
    await service.start();
    await systemClock.sleep(5);
    expect(service.stuck()).toEqual([]);
    const [hour, now] = [3_600_000, performance.now()];
    const clock = vi.spyOn(performance, 'now').mockReturnValue(now + hour + 1000);
    expect(service.stuck()).toEqual(['hangs']);
    clock.mockRestore();
    await service.stop();
  });
});
