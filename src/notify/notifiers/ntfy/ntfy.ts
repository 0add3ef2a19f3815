import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Notice, Notifier } from '../../../domain/notice.ts';
import { WatchError } from '../../../domain/errors.ts';
import * as common from '../../../platform/setting-values.ts';
import { answerError, askJson, limitsOf, type JsonWay } from '../../ask-json.ts';
import { inertText } from '../../escape.ts';
import { firstTaken, orNull } from '../../forms.ts';
import { composeMessage } from '../../message.ts';
import type { Message, Tone } from '../../message-parts.ts';
import { inertLines } from '../../message-text.ts';
import { chat, notifierKind, type NotifierDeps } from '../../notifier-kind.ts';
import { readAnswer } from '../../transport.ts';

/** A message has at most 4096 bytes; a longer one becomes a file. @see https://docs.ntfy.sh/publish/#limitations */
const ROOM = { top: 1300, sections: { each: 700, all: 1900 } };

/** Symbols that readers see before the title. @see https://docs.ntfy.sh/emojis/ */
const TAGS: Readonly<Record<Tone, string>> = {
  verified: 'white_check_mark',
  mismatch: 'rotating_light',
  inconclusive: 'warning',
  busy: 'hourglass_flowing_sand',
  plain: 'information_source',
};

/** A topic of an ntfy server. @see https://docs.ntfy.sh/publish/ */
export const ntfy = notifierKind({
  name: 'ntfy',
  settings: {
    ntfyUrl: chat.secret(
      'NTFY_URL',
      common.text(
        'must be the URL of a topic such as https://ntfy.sh/my-topic',
        /^https?:\/\/[^\s/@?#]+\/[-\w]{1,64}$/,
      ),
      'A topic of ntfy. Whoever knows the name of an open topic can read it.',
      { example: 'https://ntfy.sh/…' },
    ),
    ntfyToken: chat.secret('NTFY_TOKEN', common.token, 'Access token of a topic that is not open.', {
      needs: 'NTFY_URL',
    }),
  },
  create: ({ ntfyUrl: url, ntfyToken: token }, deps) => (url === null ? [] : [ntfyTopic(url, token, deps)]),
});

function ntfyTopic(url: string, token: string | null, { fetch, timeoutMs, statusUrl }: NotifierDeps): Notifier {
  const way: JsonWay = {
    name: 'ntfy',
    fetch,
    limits: limitsOf(timeoutMs),
    headers: token === null ? {} : { authorization: `Bearer ${token}` },
  };
  return {
    id: `ntfy:${URL.parse(url)?.host ?? 'topic'}/${createHash('sha256').update(url).digest('hex').slice(0, 12)}`,
    // Nothing can be edited there: progress is left out, and every other notice is a message of its own.
    deliver: async (notice, { previous, attempt, signal }) => {
      if (notice.type === 'progress') return previous;
      const message = composeMessage(notice, { statusUrl });
      const forms = [
        () => inertLines(message, ROOM).join('\n'),
        () => inertText(message.headline, 600),
        () => inertText(message.title, 200),
      ];
      const send = (body: string): Promise<void> => publish(way, { url, body, notice, message, signal });
      await firstTaken(forms, send, { attempt, hopeless });
      return null;
    },
    close: async () => undefined,
  };
}

interface Publishing {
  readonly url: string;
  readonly body: string;
  readonly notice: Notice;
  readonly message: Message;
  readonly signal: AbortSignal;
}

const publishedSchema = z.object({ id: z.string().min(1), event: z.literal('message') });
const refusalSchema = z.object({ error: z.string() });

async function publish(way: JsonWay, { url, body, notice, message, signal }: Publishing): Promise<void> {
  const link = orNull(() => notice.proposal?.links.dashboard ?? null);
  const headers = {
    'content-type': 'text/plain; charset=utf-8',
    title: headerText(inertText(message.title, 200)),
    priority: priorityOf(notice, message),
    tags: TAGS[message.tone],
    ...(link === null ? {} : { click: link }),
  };
  const answer = await askJson(way, { method: 'POST', url, headers, body, signal });
  if (answer.status === 200) {
    readAnswer(publishedSchema, answer.json);
    return;
  }
  const said = refusalSchema.safeParse(answer.json).data;
  throw answerError('ntfy', answer, { sentence: said?.error });
}

/** 5 breaks through what keeps a phone silent, 2 makes no sound. */
function priorityOf({ pings }: Notice, { tone }: Message): '5' | '4' | '2' {
  if (!pings) return '2';
  return tone === 'mismatch' ? '5' : '4';
}

/** Headers are ASCII; the server reads what is encoded after RFC 2047, section 4.1. */
function headerText(text: string): string {
  return `=?UTF-8?B?${Buffer.from(text).toString('base64')}?=`;
}

function hopeless(thrown: unknown): boolean {
  return thrown instanceof WatchError && /^ntfy-http-(?:401|403|404|405)$/.test(thrown.code);
}
