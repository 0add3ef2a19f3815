import type { Notice } from '../domain/notice.ts';
import { leftText } from '../domain/reminders.ts';
import type { Incident } from '../domain/service-ports.ts';
import type { ServiceStore } from '../store/service-store.ts';
import type { Delivered } from '../notify/deliver.ts';

export interface IncidentDeps {
  readonly store: Pick<ServiceStore, 'troubles'>;
  readonly network: string;
  readonly notifiers: readonly string[];
  /** UTC milliseconds. */
  readonly now: () => number;
}

/** What is wrong now, of one kind of trouble. */
export interface HealthIncident {
  readonly key: string;
  readonly sentence: string;
}

/**
 * Makes the open troubles whose keys begin with `prefix` be exactly these. Each is told once when it begins and once
 * when it is over; trouble with a channel is told on the others, where there are any.
 */
export async function setIncidents(
  prefix: string,
  healthIncidents: readonly HealthIncident[],
  deps: IncidentDeps,
): Promise<void> {
  const open = (await deps.store.troubles.open()).filter(({ key }) => key.startsWith(prefix));
  for (const { key, sentence } of healthIncidents) {
    if (open.some((trouble) => trouble.key === key)) continue;
    const sinceMs = deps.now();
    const notice = incidentNotice(`trouble ${key} ${sinceMs}`, `Trouble: ${sentence}`, deps);
    await deps.store.troubles.begin({ key, sentence, sinceMs }, notice, listeners(key, deps));
  }
  for (const trouble of open) {
    if (!healthIncidents.some(({ key }) => key === trouble.key)) await endIncident(trouble, deps);
  }
}

async function endIncident({ key, sentence, sinceMs }: Incident, deps: IncidentDeps): Promise<void> {
  const lasted = leftText((deps.now() - sinceMs) / 1000);
  const notice = incidentNotice(`trouble ${key} ${sinceMs} over`, `Over after ${lasted}: ${sentence}`, deps);
  await deps.store.troubles.end(key, notice, listeners(key, deps));
}

export const CHANNEL = 'channel ';

function listeners(key: string, { notifiers }: IncidentDeps): readonly string[] {
  const others = notifiers.filter((id) => key !== `${CHANNEL}${id}`);
  return others.length > 0 ? others : notifiers;
}

export function incidentNotice(
  key: string,
  sentence: string,
  { network, now }: Pick<IncidentDeps, 'network' | 'now'>,
): Notice {
  const at = Math.floor(now() / 1000);
  return { key, type: 'trouble', at, network, sentence, pings: false, proposal: null, standing: null, verdict: null };
}

/** A channel that answers nothing for so long is in trouble, not just slow. */
const GRACE_MS = 10 * 60_000;

/** The loop that tells one channel. */
export const deliverLoopName = (notifier: string): string => `deliver ${notifier}`;

/** Tells the other channels that one is broken, and that it works again. */
export class ChannelWatch {
  readonly #id: string;
  readonly #deps: IncidentDeps;
  #failingSince: number | null = null;
  /** Unknown at the start: an earlier process may have found it broken. */
  #told: boolean | null = null;
  /** Notices that it refused and has not taken since. */
  readonly #refused = new Set<string>();

  constructor(id: string, deps: IncidentDeps) {
    this.#id = id;
    this.#deps = deps;
  }

  /** Gives whether it refused something for the first time. */
  async saw(delivered: Delivered): Promise<boolean> {
    const { state, delivery } = delivered;
    if (state === 'skipped') return false;
    const { key } = delivery.notice;
    const isOld = this.#refused.has(key);
    if (!('error' in delivered)) {
      this.#refused.delete(key);
      this.#failingSince = null;
      if (this.#told !== false) await this.#set(null);
      return false;
    }
    if (state === 'dead') this.#refused.add(key);
    // It takes other things: what is refused again is no news of the channel.
    if (isOld && this.#told === false) return false;
    const now = this.#deps.now();
    this.#failingSince ??= now;
    const { error } = delivered;
    const broken = state === 'dead' || now - this.#failingSince >= GRACE_MS;
    if (broken && this.#told !== true) {
      await this.#set(`${this.#id} cannot be told anything: ${error.message} (${error.code})`);
    }
    return state === 'dead' && !isOld;
  }

  async #set(sentence: string | null): Promise<void> {
    const key = `${CHANNEL}${this.#id}`;
    await setIncidents(key, sentence === null ? [] : [{ key, sentence }], this.#deps);
    this.#told = sentence !== null;
  }
}
