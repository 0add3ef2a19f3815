import { createHash } from 'node:crypto';
import { z } from 'zod';
import { WatchError } from '../../../domain/errors.ts';
import { answerError, askJson, type JsonAnswer, type JsonWay } from '../../ask-json.ts';
import { readAnswer } from '../../transport.ts';

/** What is asked of a homeserver: one room, one kind of event. */
export interface MatrixRoom {
  /** Gives the id of the event. The same transaction makes one event, however often it is sent. */
  readonly send: (content: object, transaction: string, signal: AbortSignal) => Promise<string>;
  /** False: it was taken away, or never was. */
  readonly stands: (event: string, signal: AbortSignal) => Promise<boolean>;
}

export interface RoomOptions {
  readonly homeserver: string;
  readonly room: string;
  readonly way: JsonWay;
}

const sentSchema = z.object({ event_id: z.string().min(1) });
const errorSchema = z.object({
  errcode: z.string(),
  error: z.string().optional().catch(undefined),
  retry_after_ms: z.number().optional().catch(undefined),
});
const eventSchema = z.looseObject({
  unsigned: z.looseObject({ redacted_because: z.unknown().optional() }).optional().catch(undefined),
});

/** @see https://spec.matrix.org/latest/client-server-api/#put_matrixclientv3roomsroomidsendeventtypetxnid */
export function matrixRoom({ homeserver, room, way }: RoomOptions): MatrixRoom {
  const base = `${homeserver.replace(/\/+$/, '')}/_matrix/client/v3/rooms/${encodeURIComponent(room)}`;
  return {
    send: async (body, transaction, signal) => {
      const url = `${base}/send/m.room.message/${transaction}`;
      const answer = await askJson(way, { method: 'PUT', url, body, signal });
      if (answer.status !== 200 || answer.json?.['errcode'] !== undefined) throw refusal(answer);
      return readAnswer(sentSchema, answer.json).event_id;
    },
    stands: async (event, signal) => {
      const url = `${base}/event/${encodeURIComponent(event)}`;
      const answer = await askJson(way, { method: 'GET', url, signal });
      if (answer.status === 200) return readAnswer(eventSchema, answer.json).unsigned?.redacted_because === undefined;
      const thrown = refusal(answer);
      if (hasWord(thrown, 'not-found')) return false;
      // Who may write and not read edits what he wrote.
      if (thrown instanceof WatchError && thrown.kind === 'rejected' && !hopeless(thrown)) return true;
      if (hasWord(thrown, 'forbidden')) return true;
      throw thrown;
    },
  };
}

/** Names what is sent, the same over every try. */
export function transactionOf(...parts: readonly string[]): string {
  return `nns-watch-${createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 40)}`;
}

/** @see https://spec.matrix.org/latest/client-server-api/#standard-error-response */
function refusal(answer: JsonAnswer): Error {
  const read = errorSchema.safeParse(answer.json);
  // A homeserver answers each error with its code; what has none comes from something before it.
  if (!read.success) return answerError('matrix', answer.status >= 500 ? answer : { ...answer, json: null });
  const { errcode, error, retry_after_ms: waitMs = 0 } = read.data;
  const status = errcode === 'M_LIMIT_EXCEEDED' ? 429 : answer.status;
  const word = errcode
    .replace(/^M_/, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 40);
  return answerError(
    'matrix',
    { ...answer, status },
    { word, sentence: error, retryAfter: Math.max(0, waitMs) / 1000 },
  );
}

export function hasWord(thrown: unknown, ...words: readonly string[]): boolean {
  return thrown instanceof WatchError && words.some((word) => thrown.code === `matrix-${word}`);
}

/** Whatever would be sent. */
export const hopeless = (thrown: unknown): boolean =>
  hasWord(thrown, 'unknown-token', 'missing-token', 'forbidden', 'not-found', 'user-deactivated', 'unrecognized');
