import type { ChatCommand } from './command.ts';
import { evidence } from './evidence.ts';
import { mute } from './mute.ts';
import { proposals } from './proposals.ts';
import { redeliver } from './redeliver.ts';
import { status } from './status.ts';
import { verdict } from './verdict.ts';
import { vote } from './vote.ts';

/** Every slash command. A new one is a file here and a line here. */
export const COMMANDS: readonly ChatCommand[] = [proposals, verdict, evidence, vote, status, mute, redeliver];
