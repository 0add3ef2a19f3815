import { describe, expect, it } from 'vitest';
import { BuilderKeeper } from '../../src/service/builder-supervisor.ts';
import { ChannelWatch, setIncidents } from '../../src/service/incidents.ts';
import { isAllWell, type WatchdogDeps, watchdogRound } from '../../src/service/watchdog.ts';
import { WatchError } from '../../src/domain/errors.ts';
import type { Delivery } from '../../src/domain/service-ports.ts';
import { noticeOf } from '../support/records.ts';
import { quietLog } from './quiet-log.ts';
import { CareRig, MINUTE, running, START } from './watchdog-kit.ts';

const rig = new CareRig();

describe('trouble', () => {
  const full = { key: 'disk /data', sentence: '/data is full.' };

  it('is told once when it begins and once when it ends, however often it is seen', async () => {
    await setIncidents('disk ', [full], rig.deps);
    rig.now += MINUTE;
    await setIncidents('disk ', [full], rig.deps);
    await setIncidents('loop ', [], rig.deps);
    rig.now += 4 * MINUTE;
    await setIncidents('disk ', [], rig.deps);
    await setIncidents('disk ', [], rig.deps);
    expect(await rig.told('a')).toEqual(['Trouble: /data is full.', 'Over after 5 min: /data is full.']);
  });

  it('is told again when it comes back', async () => {
    for (const healthIncidents of [[full], [], [full]]) {
      await setIncidents('disk ', healthIncidents, rig.deps);
      rig.now += MINUTE;
    }
    expect(await rig.told('b')).toHaveLength(3);
  });

  it('with a channel is told on the others', async () => {
    const channel = new ChannelWatch('a', rig.deps);
    const delivery = { notice: noticeOf('x') } as Delivery;
    const error = new WatchError('rejected', 'discord-401', 'not allowed');
    await channel.saw({ state: 'dead', delivery, error });
    await channel.saw({ state: 'dead', delivery, error });
    await channel.saw({ state: 'sent', delivery });
    expect(await rig.told('a')).toEqual([]);
    expect(await rig.told('b')).toEqual([
      'Trouble: a cannot be told anything: not allowed (discord-401)',
      'Over after 0 min: a cannot be told anything: not allowed (discord-401)',
    ]);
  });

  it('with a slow channel is told after ten minutes, not before', async () => {
    const channel = new ChannelWatch('a', rig.deps);
    const retry = {
      state: 'retry',
      delivery: { notice: noticeOf('x') } as Delivery,
      error: new WatchError('transport', 'x', 'slow'),
    } as const;
    await channel.saw(retry);
    rig.now += 9 * MINUTE;
    await channel.saw(retry);
    expect(await rig.told('b')).toEqual([]);
    rig.now += MINUTE;
    await channel.saw(retry);
    expect(await rig.told('b')).toHaveLength(1);
  });
});

describe('the watchdog', () => {
  function watchdog(free = 10e9, othersBuild = true): WatchdogDeps {
    const disk = { path: '/cache', bytes: 5e9, setting: 'MIN_DISK_GB', consequence: 'nothing is built' };
    const loops = new Map([['discover', 'looking for proposals']]);
    return {
      ...rig.deps,
      store: rig.store,
      loops,
      startedAt: START,
      freeBytes: async () => free,
      disks: [disk],
      rarePolls: false,
      othersBuild,
    };
  }

  it('tells of a loop that fails for five minutes, and not of one that failed once', async () => {
    await rig.store.health.begin(['discover'], START);
    await rig.store.health.ended('discover', rig.now + 1, { code: 'down', message: 'no answer' });
    rig.now += MINUTE;
    await watchdogRound(watchdog());
    expect(await rig.told('a')).toEqual([]);
    rig.now += 4 * MINUTE;
    await watchdogRound(watchdog());
    expect(await rig.told('a')).toEqual(['Trouble: looking for proposals has failed for 5 min: no answer (down)']);
    await rig.store.health.ended('discover', rig.now, null);
    await watchdogRound(watchdog());
    expect(await rig.told('a')).toHaveLength(1);
  });

  it('tells of a full disk, and what follows from it', async () => {
    await watchdogRound(watchdog(4e9));
    expect(await rig.told('a')).toEqual([
      'Trouble: /cache has 4.0 GB free of the 5.0 GB of MIN_DISK_GB, so nothing is built.',
    ]);
  });

  it('tells once that builds wait while no builder lives, and once that one took them up', async () => {
    const commit = 'ab'.repeat(20);
    await rig.store.queue.enqueue({ kind: 'build', key: `${commit}#1`, input: {} }, 0);
    await watchdogRound(watchdog());
    expect(await rig.told('a')).toEqual([]);
    rig.now += 2 * MINUTE;
    await watchdogRound(watchdog(10e9, false));
    expect(await rig.told('a')).toEqual([]);
    await watchdogRound(watchdog());
    await watchdogRound(watchdog());
    expect(await rig.told('a')).toEqual([
      'Trouble: a build waits and no builder runs, so nothing is built: start `nns-watch build`.',
    ]);
    const lease = await rig.store.leases.take('builder elsewhere');
    await watchdogRound(watchdog());
    expect(await rig.told('a')).toEqual([expect.stringContaining('Over after 0 min: a build waits')]);
    await lease?.release();
    const job = await rig.store.queue.claim('build', 'a builder without a lease', 10 * MINUTE);
    await watchdogRound(watchdog());
    expect([job?.key, await rig.told('a')]).toEqual([`${commit}#1`, []]);
  });

  it('says that all is well only where every loop had a good round lately and no grave trouble is open', async () => {
    expect(await isAllWell(watchdog())).toBe(false);
    for (const loop of ['discover', 'verify', 'clock', 'deliver a']) await rig.store.health.ended(loop, rig.now, null);
    expect(await isAllWell(watchdog()), 'nobody saw that something can be stored').toBe(false);
    await watchdogRound(watchdog());
    expect(await isAllWell(watchdog())).toBe(true);
    await watchdogRound(watchdog(1e9));
    expect(await isAllWell(watchdog())).toBe(false);
    await watchdogRound(watchdog());
    expect(await isAllWell(watchdog())).toBe(true);
    await setIncidents('discover ', [{ key: 'discover host', sentence: 'One host lies.' }], rig.deps);
    expect(await isAllWell(watchdog()), 'the others are asked').toBe(true);
    rig.now += 11 * MINUTE;
    expect(await isAllWell(watchdog())).toBe(false);
  });
});

describe('the keeper of the builder', () => {
  function keeper(start: () => Promise<number>): BuilderKeeper {
    return new BuilderKeeper({
      leases: rig.store.leases,
      lease: 'builder x',
      start,
      clock: rig.clock,
      log: quietLog,
      trouble: rig.deps,
    });
  }

  it('starts no second builder where one runs', async () => {
    const lease = await rig.store.leases.take('builder x');
    let starts = 0;
    await keeper(async () => (starts += 1)).round(running);
    await lease?.release();
    expect(starts).toBe(0);
  });

  it('starts one also after the clock was put back', async () => {
    const starts: number[] = [];
    const kept = keeper(async () => starts.push(rig.now));
    await kept.round(running);
    rig.now = START - 3_600_000;
    await kept.round(running);
    expect(starts).toHaveLength(2);
  });

  it('starts one that does not come up with growing pauses, and tells of it after three', async () => {
    const starts: number[] = [];
    const kept = keeper(async () => starts.push(rig.now));
    for (let round = 0; round < 60; round += 1) {
      await kept.round(running);
      rig.now += 2000;
    }
    const pauses = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    expect(starts.length).toBeGreaterThan(3);
    expect(pauses.at(-1)).toBeGreaterThan(pauses[0] ?? 0);
    expect(await rig.told('a')).toEqual([expect.stringContaining('the builder does not start')]);
  });
});
