import type { Notice } from '../domain/notice.ts';
import { leftText } from '../domain/reminders.ts';
import type { Trouble } from '../domain/service-ports.ts';
import type { ServiceStore } from '../store/service-store.ts';

export interface TroubleDeps {
  readonly store: Pick<ServiceStore, 'troubles'>;
  readonly network: string;
  readonly notifiers: readonly string[];
  /** UTC milliseconds. */
  readonly now: () => number;
}

/** What is wrong now, of one kind of trouble. */
export interface Ailment {
  readonly key: string;
  readonly sentence: string;
}

/**
 * Makes the open troubles whose keys begin with `prefix` be exactly these. Each is told once when it begins and once
 * when it is over; trouble with a channel is told on the others, where there are any.
 */
export async function setTroubles(prefix: string, ailments: readonly Ailment[], deps: TroubleDeps): Promise<void> {
  const open = (await deps.store.troubles.open()).filter(({ key }) => key.startsWith(prefix));
  for (const { key, sentence } of ailments) {
    if (open.some((trouble) => trouble.key === key)) continue;
    const sinceMs = deps.now();
    const notice = troubleNotice(`trouble ${key} ${sinceMs}`, `Trouble: ${sentence}`, deps);
    await deps.store.troubles.begin({ key, sentence, sinceMs }, notice, listeners(key, deps));
  }
  for (const trouble of open) {
    if (!ailments.some(({ key }) => key === trouble.key)) await endTrouble(trouble, deps);
  }
}

async function endTrouble({ key, sentence, sinceMs }: Trouble, deps: TroubleDeps): Promise<void> {
  const lasted = leftText((deps.now() - sinceMs) / 1000);
  const notice = troubleNotice(`trouble ${key} ${sinceMs} over`, `Over after ${lasted}: ${sentence}`, deps);
  await deps.store.troubles.end(key, notice, listeners(key, deps));
}

export const CHANNEL = 'channel ';

function listeners(key: string, { notifiers }: TroubleDeps): readonly string[] {
  const others = notifiers.filter((id) => key !== `${CHANNEL}${id}`);
  return others.length > 0 ? others : notifiers;
}

export function troubleNotice(
  key: string,
  sentence: string,
  { network, now }: Pick<TroubleDeps, 'network' | 'now'>,
): Notice {
  const at = Math.floor(now() / 1000);
  return { key, type: 'trouble', at, network, sentence, pings: false, proposal: null, standing: null, verdict: null };
}
