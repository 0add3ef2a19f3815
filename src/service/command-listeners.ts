import { asWatchError, WatchError } from '../domain/errors.ts';
import type { CommandLink } from '../notify/chat-listener.ts';
import { createCommandLinks } from '../notify/chat-listeners.ts';
import type { Clock } from '../platform/clock.ts';
import type { Log } from '../platform/log.ts';
import { createChatActions, type ChatActionsOf } from '../operator/chat-commands.ts';
import type { UnhandledErrors } from './unhandled-errors.ts';
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
  readonly unhandled: Pick<UnhandledErrors, 'onChat'>;
}

/** Discord takes a bot's token away that logs in a thousand times a day. */
const POLL_EVERY_MS = 300_000;
/** A connection that was good for so long is made again at once. */
const GOOD_MS = 60_000;

/** One loop for each chat that takes slash commands: it sees to it that they come in. */
export function commandLoops(deps: CommandLoopDeps): readonly LoopPlan[] {
  const { config, adapters, log, clock, wake, unhandled } = deps;
  const actions = createChatActions(config);
  const wokenAt = new Map<string, number>();
  const links = createCommandLinks(config, {
    ...adapters.operatorNetwork(),
    environment: config.environment,
    actions,
    failed: (error) => log.warn('Chat command could not be answered', { error }),
    lost: (link) => {
      const often = clock.now() - (wokenAt.get(link) ?? -Infinity) < GOOD_MS;
      wokenAt.set(link, clock.now());
      if (!often) wake(nameOf(link));
    },
  });
  return links.map((link) => loopOf(link, actions, unhandled));
}

function loopOf(link: CommandLink, actions: ChatActionsOf, unhandled: CommandLoopDeps['unhandled']): LoopPlan {
  let onUnhandled: unknown = null;
  unhandled.onChat(link.name, (failure) => (onUnhandled = failure));
  return {
    name: nameOf(link.name),
    ticker: everyTicker(POLL_EVERY_MS),
    round: async (signal) => {
      const failure = onUnhandled;
      onUnhandled = null;
      // What its library is worth after a failure that it lost track of, nobody knows: it begins anew.
      if (failure !== null) await link.close();
      await link.connected(signal);
      if (failure !== null) throw unhandledError(link.name, failure);
    },
    stopped: async () => {
      await link.close();
      await actions.close();
    },
  };
}

/** The round that met it counts as failed, so that what happens again and again becomes a trouble that is told. */
function unhandledError(chat: string, failure: unknown): WatchError {
  const { message } = asWatchError(failure);
  return new WatchError('transport', `${chat}-unhandled-error`, `${chat}’s library failed by itself: ${message}`, {
    cause: failure,
  });
}

const nameOf = (link: string): string => `commands ${link}`;
