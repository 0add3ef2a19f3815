import { describe, expect, it } from 'vitest';
import { WatchError } from '../../src/domain/errors.ts';
import type { Incident, IncidentStore } from '../../src/domain/service-ports.ts';
import type { RoutedNotifier } from '../../src/domain/route.ts';
import { ChannelSet } from '../../src/service/channel-set.ts';
import { reloadSettings, type ReloadDeps } from '../../src/service/settings-reload.ts';
import { Service } from '../../src/service/supervisor.ts';
import { loadConfig } from '../../src/operator/config.ts';
import { quietLog } from './quiet-log.ts';

const channel = (id: string): RoutedNotifier => ({ id, deliver: async () => null, close: async () => undefined });
const idle = { start: () => undefined, stop: () => undefined };

/** A service of a verifying loop and two channels, and what happens to it. */
async function running() {
  const [told, begun, loops, owed] = [[] as string[], [] as string[], [] as string[][], [] as string[]];
  const open = new Map<string, Incident>();
  const troubles: IncidentStore = {
    open: async () => [...open.values()],
    begin: async (incident, notice, notifiers) => {
      open.set(incident.key, incident);
      told.push(`${notice.sentence} → ${notifiers.join(' ')}`);
    },
    end: async (key) => void open.delete(key),
  };
  const health = {
    begin: async (names: readonly string[]) => void loops.push([...names]),
    ended: async () => undefined,
  };
  const plan = ({ id }: Pick<RoutedNotifier, 'id'>) => ({
    name: `deliver ${id}`,
    ticker: idle,
    round: async () => void begun.push(id),
  });
  let verifying = 0;
  const verify = { name: 'verify', ticker: idle, round: async () => void (verifying += 1) };
  const channels = new ChannelSet(['a:1', 'b:1'].map(channel));
  const service = new Service([verify, ...channels.notifiers.map(plan)], {
    health: health as never,
    log: quietLog,
    now: () => 0,
  });
  await service.start();
  const config = loadConfig({ HOME: '/home/op' });
  const adopted: (readonly number[])[] = [];
  const deps: ReloadDeps = {
    channels,
    service,
    store: {
      requeueDead: async (ids) => {
        owed.push(...ids);
        return [];
      },
    },
    trouble: { store: { troubles }, network: 'mainnet', notifiers: channels.ids, now: () => 0 },
    log: quietLog,
    read: () => ({ config, notifiers: channels.notifiers }),
    plan,
    adopt: ({ remindersMs }) => void adopted.push(remindersMs),
  };
  return { deps, config, channels, told, begun, loops, owed, open, adopted, rounds: () => verifying };
}

describe('settings that are read again', () => {
  it('exchange the channels and leave all else going on', async () => {
    const { deps, config, channels, loops, owed, adopted, rounds, begun } = await running();
    const ids = channels.ids;
    const next = loadConfig({ HOME: '/home/op', REMINDERS: '2h' });
    await reloadSettings(config, { ...deps, read: () => ({ config: next, notifiers: ['b:1', 'c:1'].map(channel) }) });
    expect(ids).toEqual(['b:1', 'c:1']);
    expect(owed).toEqual(['c:1']);
    expect(adopted).toEqual([[7_200_000]]);
    expect(loops.at(-1)).toEqual(['verify', 'deliver b:1', 'deliver c:1']);
    expect(rounds()).toBe(1);
    expect(begun.slice(0, 4)).toEqual(['a:1', 'b:1', 'b:1', 'c:1']);
  });

  it('change nothing where they cannot be used, which is told once and is over with the next that can', async () => {
    const { deps, config, channels, told, open, adopted } = await running();
    const read = (): never => {
      throw new WatchError('input', 'settings', 'One setting cannot be used:\n  REMINDERS must be a time');
    };
    await reloadSettings(config, { ...deps, read });
    await reloadSettings(config, { ...deps, read });
    expect(channels.ids).toEqual(['a:1', 'b:1']);
    expect(adopted).toEqual([]);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/could not be read again.*REMINDERS must be a time.* → a:1 b:1/);
    await reloadSettings(config, deps);
    expect(open.size).toBe(0);
  });

  it('end the trouble of a channel that is no more', async () => {
    const { deps, config, open } = await running();
    open.set('channel a:1', { key: 'channel a:1', sentence: 'x', sinceMs: 0 });
    await reloadSettings(config, { ...deps, read: () => ({ config, notifiers: [channel('b:1')] }) });
    expect(open.size).toBe(0);
  });
});
