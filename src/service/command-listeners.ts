import { asWatchError, WatchError } from '../domain/errors.ts';
import type { CommandLink } from '../notify/chat-listener.ts';
import { createCommandLinks } from '../notify/chat-listeners.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { createChatDesk, type ChatDesk } from '../operator/chat-commands.ts';
import type { StrayFailures } from './unhandled-errors.ts';
import type { ServiceAdapters } from './adapters.ts';
import type { Config } from '../operator/config.ts';
import { everyTicker } from './loop.ts';
import type { LoopPlan } from './supervisor.ts';

export interface CommandLoopDeps {
  readonly config: Config;
  readonly adapters: Pick<ServiceAdapters, 'operatorNetwork'>;
  readonly log: Log;
  readonly clock: Clock;
  readonly wake: (loop: string) => void;
  readonly strays: Pick<StrayFailures, 'onChat'>;
}

/** Discord takes a bot's token away that logs in a thousand times a day. */
const LOOK_EVERY_MS = 300_000;
/** A connection that was good for so long is made again at once. */
const GOOD_MS = 60_000;

/** One loop for each chat that takes slash commands: it sees to it that they come in. */
export function commandLoops(deps: CommandLoopDeps): readonly LoopPlan[] {
  const { config, adapters, log, clock, wake, strays } = deps;
  const desk = createChatDesk(config);
  const wokenAt = new Map<string, number>();
  const links = createCommandLinks(config, {
    ...adapters.operatorNetwork(),
    environment: config.environment,
    desk,
    failed: (error) => log.warn('A command in a chat could not be answered', { error }),
    lost: (link) => {
      const often = clock.now() - (wokenAt.get(link) ?? -Infinity) < GOOD_MS;
      wokenAt.set(link, clock.now());
      if (!often) wake(nameOf(link));
    },
  });
  return links.map((link) => loopOf(link, desk, strays));
}

function loopOf(link: CommandLink, desk: ChatDesk, strays: CommandLoopDeps['strays']): LoopPlan {
  let stray: unknown = null;
  strays.onChat(link.name, (failure) => (stray = failure));
  return {
    name: nameOf(link.name),
    ticker: everyTicker(LOOK_EVERY_MS),
    round: async (signal) => {
      const failure = stray;
      stray = null;
      // What its library is worth after a failure that it lost track of, nobody knows: it begins anew.
      if (failure !== null) await link.close();
      await link.connected(signal);
      if (failure !== null) throw strayError(link.name, failure);
    },
    stopped: async () => {
      await link.close();
      await desk.close();
    },
  };
}

/** The round that met it counts as failed, so that what happens again and again becomes a trouble that is told. */
function strayError(chat: string, failure: unknown): WatchError {
  const { message } = asWatchError(failure);
  return new WatchError('transport', `${chat}-stray-failure`, `${chat}’s library failed by itself: ${message}`, {
    cause: failure,
  });
}

const nameOf = (link: string): string => `commands ${link}`;
