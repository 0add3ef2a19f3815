import { z } from 'zod';
import { readAnswer } from '../../transport.ts';
import type { Mention } from './render.ts';
import type { DiscordCall } from './rest.ts';

/** The channel that a bot writes to. */
export interface Room {
  readonly channel: string;
  readonly call: DiscordCall;
  readonly mention: Mention | null;
  readonly facts: ChannelFacts;
}

export interface ChannelFacts {
  readonly type: (signal: AbortSignal) => Promise<number>;
  readonly ownId: (signal: AbortSignal) => Promise<string>;
}

const userSchema = z.object({ id: z.string() });
const channelSchema = z.object({ type: z.number() });

/** Asked once, and again after a failure. */
export function channelFacts(call: DiscordCall, channel: string): ChannelFacts {
  let type: number | undefined;
  let own: string | undefined;
  return {
    type: async (signal) => {
      type ??= readAnswer(channelSchema, await call('GET', `/channels/${channel}`, { signal })).type;
      return type;
    },
    ownId: async (signal) => {
      own ??= readAnswer(userSchema, await call('GET', '/users/@me', { signal })).id;
      return own;
    },
  };
}
