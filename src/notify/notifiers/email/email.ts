import type { Notifier } from '../../../domain/notice.ts';
import { WatchError } from '../../../domain/errors.ts';
import * as common from '../../../platform/setting-values.ts';
import { limitsOf } from '../../ask-json.ts';
import { firstTaken } from '../../forms.ts';
import { composeMessage } from '../../message.ts';
import { chat, notifierKind, type NotifierDeps } from '../../notifier-kind.ts';
import { letterForms, threadOf, type Correspondents } from './letter.ts';
import { sendLetter, smtpServer, type SmtpServer } from './smtp.ts';

/** The usual part of RFC 5321 and no more: no quotation, no end of line, no second address. */
const ADDRESS = String.raw`[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?`;

/** Letters, one thread per proposal; each recipient is a channel of its own. */
export const email = notifierKind({
  name: 'email',
  settings: {
    smtpUrl: chat.secret(
      'SMTP_URL',
      common.value('must be smtp://user:password@host:587 or smtps://user:password@host:465', (given) =>
        smtpServer(given) === null ? undefined : given,
      ),
      'A mail server. Encryption is required (STARTTLS with smtp:), but on this machine; needs EMAIL_TO.',
      { needs: 'EMAIL_TO', example: 'smtps://user:password@mail.example.org:465' },
    ),
    emailFrom: chat.optional(
      'EMAIL_FROM',
      common.text(
        'must be an address such as nns-watch@example.org',
        new RegExp(`^(?:${ADDRESS}|[A-Za-z0-9 ._-]{1,64} <${ADDRESS}>)$`),
      ),
      'The sender.',
      { needs: 'SMTP_URL', example: 'nns-watch@example.org' },
    ),
    emailTo: chat.optional(
      'EMAIL_TO',
      common.listOf(common.text('must be an address such as alerts@example.org', new RegExp(`^${ADDRESS}$`))),
      'Recipients, separated by commas; each gets letters of his own.',
      { needs: 'EMAIL_FROM', example: 'alerts@example.org' },
    ),
  },
  create: ({ smtpUrl, emailFrom: from, emailTo }, deps) => {
    const server = smtpUrl === null ? null : smtpServer(smtpUrl);
    if (server === null || from === null || emailTo === null) return [];
    return emailTo.map((to) => recipient(server, { from, to }, deps));
  },
});

function recipient(server: SmtpServer, who: Correspondents, { statusUrl, timeoutMs }: NotifierDeps): Notifier {
  const limits = limitsOf(timeoutMs);
  return {
    id: `email:${who.to}`,
    // A letter cannot be edited: progress is left out, and every other notice is a letter in the thread.
    deliver: async (notice, { previous, attempt, signal }) => {
      if (notice.type === 'progress') return previous;
      const forms = letterForms(notice, composeMessage(notice, { statusUrl }), who, previous);
      return firstTaken(
        forms,
        async (letter) => {
          await sendLetter(server, letter, { timeoutMs: limits.timeoutMs, signal });
          return threadOf(letter, previous);
        },
        { attempt, hopeless },
      );
    },
    close: async () => undefined,
  };
}

function hopeless(thrown: unknown): boolean {
  return thrown instanceof WatchError && /^email-(?:login-refused|no-tls)$/.test(thrown.code);
}
