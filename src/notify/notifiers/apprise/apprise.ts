import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Notifier } from '../../../domain/notice.ts';
import { WatchError } from '../../../domain/errors.ts';
import * as common from '../../../platform/setting-values.ts';
import { answerError, askJson, limitsOf, malformed, type JsonAnswer, type JsonWay } from '../../ask-json.ts';
import { inertText } from '../../escape.ts';
import { firstTaken } from '../../forms.ts';
import { composeMessage } from '../../message.ts';
import type { Tone } from '../../message-parts.ts';
import { inertLines } from '../../message-text.ts';
import { chat, notifierKind, type NotifierDeps } from '../../notifier-kind.ts';
import { chatError } from '../../transport.ts';

/** What stands behind an address has limits of its own, which Apprise keeps by cutting. */
const ROOM = { top: 3000, sections: { each: 2000, all: 8000 } };

const TYPES: Readonly<Record<Tone, 'success' | 'failure' | 'warning' | 'info'>> = {
  verified: 'success',
  mismatch: 'failure',
  inconclusive: 'warning',
  busy: 'info',
  plain: 'info',
};

/** An apprise-api server, which passes messages on. @see https://github.com/caronc/apprise-api#api-details */
export const apprise = notifierKind({
  name: 'apprise',
  settings: {
    appriseUrl: chat.secret(
      'APPRISE_URL',
      common.url('https:', 'http:'),
      'Address of an apprise-api server with the key of a configuration, which opens a hundred more services.',
      { example: 'http://127.0.0.1:8000/notify/…' },
    ),
  },
  create: ({ appriseUrl: url }, deps) => (url === null ? [] : [appriseServer(url, deps)]),
});

function appriseServer(url: string, { fetch, timeoutMs, statusUrl }: NotifierDeps): Notifier {
  const way: JsonWay = { name: 'apprise', fetch, limits: limitsOf(timeoutMs) };
  return {
    id: `apprise:${URL.parse(url)?.host ?? 'server'}/${createHash('sha256').update(url).digest('hex').slice(0, 12)}`,
    // Nothing can be edited there: progress is left out, and every other notice is a message of its own.
    deliver: async (notice, { previous, attempt, signal }) => {
      if (notice.type === 'progress') return previous;
      const message = composeMessage(notice, { statusUrl });
      const title = inertText(message.title, 250);
      const forms = [
        () => inertLines(message, ROOM).join('\n'),
        () => inertText(message.headline, 600),
        () => inertText(message.title, 250),
      ];
      const send = async (text: string): Promise<void> => {
        const body = { title, body: text, type: TYPES[message.tone], format: 'text' };
        judge(await askJson(way, { method: 'POST', url, body, signal }));
      };
      await firstTaken(forms, send, { attempt, hopeless });
      return null;
    },
    close: async () => undefined,
  };
}

const answerSchema = z.looseObject({ error: z.string().nullish(), ok: z.literal(true).optional() });

/**
 * 204 is its word for a key behind which nothing is configured: nothing was sent. 424: some of the services behind it
 * took nothing, and it does not say that none did.
 */
function judge(answer: JsonAnswer): void {
  const { status, json } = answer;
  if (status === 204) throw chatError('rejected', 'apprise-no-configuration', 'Apprise has nobody behind this address');
  if (status === 424) throw chatError('transport', 'apprise-not-delivered', 'Apprise could not pass it on to all');
  const read = answerSchema.safeParse(json);
  if (status !== 200) throw answerError('apprise', answer, { sentence: read.data?.error });
  if (json === null || Object.keys(json).length === 0 || !read.success) throw malformed();
  if (read.data.error) throw answerError('apprise', { ...answer, status: 400 }, { sentence: read.data.error });
}

function hopeless(thrown: unknown): boolean {
  return (
    thrown instanceof WatchError &&
    /^apprise-(?:no-configuration|not-delivered|http-(?:401|403|404|405))$/.test(thrown.code)
  );
}
