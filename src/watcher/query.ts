import { WatchError } from '../domain/errors.ts';
import type { Session } from './boundary.ts';

/** Asks one node, whose signature the agent verifies: quick, and as honest as that node. Gives the reply. */
export async function query(
  { agent }: Session,
  canisterId: string,
  methodName: string,
  arg: Uint8Array,
): Promise<Uint8Array> {
  const answer = await agent.query(canisterId, { methodName, arg });
  if ('reply' in answer) return Uint8Array.from(answer.reply.arg);
  throw new WatchError('rejected', 'query-rejected', `${methodName}: ${answer.reject_message.slice(0, 200)}`);
}
