import { z } from 'zod';
import { WatchError } from '../../../domain/errors.ts';
import { answerError, askJson, malformed, type JsonAnswer, type JsonWay } from '../../ask-json.ts';

/** One method of the Bot API; gives its `result`, throws our errors. */
export type TelegramCall = (method: string, parameters: object, signal: AbortSignal) => Promise<unknown>;

const HOST = 'https://api.telegram.org';

const refusalSchema = z.object({
  ok: z.literal(false),
  error_code: z.number().optional().catch(undefined),
  description: z.string().catch(''),
  parameters: z
    .object({
      retry_after: z.number().optional().catch(undefined),
      migrate_to_chat_id: z.number().optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** The token stands in the path: no error and no log line may hold the address. */
export function createCall(way: JsonWay, token: string): TelegramCall {
  return async (method, body, signal) => {
    const answer = await askJson(way, { method: 'POST', url: `${HOST}/bot${token}/${method}`, body, signal });
    if (answer.status === 200 && answer.json?.['ok'] === true && 'result' in answer.json) return answer.json['result'];
    throw refusal(answer);
  };
}

/** A group that became a supergroup has another number, which only Telegram knows. */
export class MovedChat extends WatchError {
  readonly to: string;

  constructor(to: number) {
    super('rejected', 'telegram-chat-moved', 'Telegram: the group has moved');
    this.to = String(to);
  }
}

function refusal(answer: JsonAnswer): Error {
  const read = refusalSchema.safeParse(answer.json);
  if (!read.success)
    return answer.json === null || answer.status === 200 ? malformed() : answerError('telegram', answer);
  const { error_code: code = answer.status, description, parameters } = read.data;
  if (parameters?.migrate_to_chat_id !== undefined) return new MovedChat(parameters.migrate_to_chat_id);
  const said = { word: wordOf(code, description), sentence: description, retryAfter: parameters?.retry_after };
  return answerError('telegram', { ...answer, status: code }, said);
}

/** The API knows its errors apart only by their words. @see https://core.telegram.org/api/errors */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [/message is not modified/i, 'not-modified'],
  [/message to edit not found|message can't be edited|MESSAGE_ID_INVALID/i, 'message-gone'],
  [/chat not found|CHAT_ID_INVALID|PEER_ID_INVALID/i, 'chat-not-found'],
  [/message is too long|text is too long/i, 'too-long'],
];

function wordOf(code: number, description: string): string | undefined {
  // A token that is none is answered as a path that is none.
  if (code === 401 || code === 404) return 'unauthorized';
  return code === 403 ? 'forbidden' : WORDS.find(([words]) => words.test(description))?.[1];
}

/** Whatever would be sent. */
const HOPELESS = ['unauthorized', 'forbidden', 'chat-not-found', 'message-gone'];

export function hasWord(thrown: unknown, ...words: readonly string[]): boolean {
  return thrown instanceof WatchError && words.some((word) => thrown.code === `telegram-${word}`);
}

export const hopeless = (thrown: unknown): boolean => thrown instanceof MovedChat || hasWord(thrown, ...HOPELESS);
