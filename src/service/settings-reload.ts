import { asWatchError } from '../domain/errors.ts';
import type { RoutedNotifier } from '../domain/route.ts';
import { plainText } from '../domain/text.ts';
import type { Log } from '../platform/log.ts';
import { redactor } from '../platform/redact.ts';
import { allSettings, type Config } from '../operator/config.ts';
import type { ServiceStore } from '../store/service-store.ts';
import type { ChannelSet } from './channel-set.ts';
import { CHANNEL, deliverLoopName, setIncidents, type IncidentDeps } from './incidents.ts';
import type { LoopPlan, Service } from './supervisor.ts';

export interface ReloadDeps {
  readonly channels: ChannelSet;
  readonly service: Pick<Service, 'exchange' | 'wake'>;
  readonly store: Pick<ServiceStore, 'requeueDead'>;
  readonly trouble: IncidentDeps;
  readonly log: Log;
  /** Reads the settings anew; throws where they cannot be used. */
  readonly read: () => { readonly config: Config; readonly notifiers: readonly RoutedNotifier[] };
  /** The loop that tells one channel. */
  readonly plan: (notifier: RoutedNotifier, config: Config) => LoopPlan;
  /** Takes what else changes without a restart. */
  readonly adopt: (config: Config) => void;
}

const KEY = 'settings';

/**
 * Reads the settings again: channels, reminders and quiet hours change, all else stays until a restart. Settings that
 * cannot be used change nothing, which is told.
 */
export async function reloadSettings(before: Config, deps: ReloadDeps): Promise<void> {
  const { log, trouble } = deps;
  let read: ReturnType<ReloadDeps['read']>;
  try {
    read = deps.read();
  } catch (thrown) {
    const error = asWatchError(thrown);
    log.error('Settings not reloaded; the old ones stay', { error });
    const why = redactor(before.secrets)(plainText(error.message, 400));
    await setIncidents(
      KEY,
      [{ key: KEY, sentence: `the settings could not be read again, and stay as they were: ${why}` }],
      trouble,
    );
    return;
  }
  const { config, notifiers } = read;
  deps.adopt(config);
  await exchangeChannels(config, notifiers, deps);
  await setIncidents(KEY, [], trouble);
  const later = changedOtherwise(before, config);
  log.info('Settings reloaded', { notifiers: deps.channels.ids, needRestart: later });
}

async function exchangeChannels(
  config: Config,
  notifiers: readonly RoutedNotifier[],
  { channels, service, store, trouble, plan }: ReloadDeps,
): Promise<void> {
  const loops = [...channels.ids].map(deliverLoopName);
  const { added, removed } = channels.replace(notifiers);
  await service.exchange(
    loops,
    notifiers.map((notifier) => plan(notifier, config)),
  );
  for (const id of removed) await setIncidents(`${CHANNEL}${id}`, [], trouble);
  // A channel that is new hears of the elections that are open.
  if (added.length > 0) await store.requeueDead(added);
  for (const id of added) service.wake(deliverLoopName(id));
}

const ADOPTED = new Set(['remindersMs', 'quietHours', 'channels', 'secrets', 'environment', 'configFile']);

/** Keys of the program's own settings that differ and need a restart. */
function changedOtherwise(before: Config, after: Config): readonly string[] {
  const text = (value: unknown): string =>
    JSON.stringify([value], (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one));
  const [old, fresh] = [before, after].map((one) => one as unknown as Record<string, unknown>);
  return Object.keys(fresh ?? {}).filter((key) => {
    return !ADOPTED.has(key) && !(key in allSettings.more) && text(old?.[key]) !== text(fresh?.[key]);
  });
}
