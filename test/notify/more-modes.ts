import type { Chat } from '../../simnet/chat/index.ts';
import type { Mode } from './chat-kit.ts';

export const TELEGRAM_CHAT = '-1001234567890';
export const MATRIX_ROOM = '!elections:example.org';
export const MAILBOX = 'alerts@example.org';

const none = (): string[] => [];
const telegramMessages = (chat: Chat) => chat.telegram.visible(TELEGRAM_CHAT);
const matrixThreads = (chat: Chat) =>
  chat.matrix.visible(MATRIX_ROOM).flatMap(({ event_id }) => chat.matrix.thread(MATRIX_ROOM, event_id));

/** The notifiers that speak to one server over HTTP or SMTP alone. */
export const MORE_MODES: readonly Mode[] = [
  {
    name: 'telegram bot',
    settings: ({ telegram }) => {
      telegram.addChat(TELEGRAM_CHAT);
      return { telegramBotToken: telegram.botToken, telegramChatId: TELEGRAM_CHAT };
    },
    shown: (chat) => telegramMessages(chat).map(({ text }) => text),
    replies: none,
    pings: (chat) => telegramMessages(chat).flatMap(({ rings, text }) => (rings ? [text] : [])),
    edits: true,
    recognises: false,
    remove: (chat, at) => chat.telegram.delete(TELEGRAM_CHAT, telegramMessages(chat)[at]!.message_id),
    faults: ({ telegram }) => telegram.faults,
    post: /sendMessage/,
  },
  {
    name: 'matrix account',
    settings: ({ matrix }) => {
      matrix.addRoom(MATRIX_ROOM);
      const { homeserver, accessToken } = matrix;
      return { matrixHomeserver: homeserver, matrixAccessToken: accessToken, matrixRoomId: MATRIX_ROOM };
    },
    shown: (chat) => chat.matrix.visible(MATRIX_ROOM).map(({ shown }) => JSON.stringify(shown)),
    replies: (chat) => matrixThreads(chat).map(({ shown }) => JSON.stringify(shown)),
    pings: (chat) =>
      [...chat.matrix.visible(MATRIX_ROOM), ...matrixThreads(chat)]
        .filter(({ shown }) => shown.msgtype === 'm.text')
        .map(({ event_id }) => event_id),
    edits: true,
    recognises: true,
    remove: (chat, at) => chat.matrix.redact(MATRIX_ROOM, chat.matrix.visible(MATRIX_ROOM)[at]!.event_id),
    faults: ({ matrix }) => matrix.faults,
    post: /^PUT/,
  },
  {
    name: 'email',
    settings: ({ mail }) => ({ smtpUrl: mail.url, emailFrom: 'nns-watch@example.org', emailTo: [MAILBOX] }),
    shown: ({ mail }) => mail.letters.map(({ subject, text }) => `${subject ?? ''}\n${text ?? ''}`),
    replies: none,
    pings: ({ mail }) =>
      mail.letters.flatMap(({ headers, messageId }) =>
        headers.some(({ key, value }) => key === 'importance' && value.toLowerCase() === 'high')
          ? [messageId ?? '']
          : [],
      ),
    edits: false,
    recognises: false,
    faults: ({ mail }) => mail.faults,
    post: /CONNECT/,
    impatient: true,
  },
  {
    name: 'ntfy topic',
    settings: ({ ntfy }) => ({ ntfyUrl: ntfy.url, ntfyToken: ntfy.token }),
    shown: ({ ntfy }) => ntfy.messages.map(({ title, message }) => `${title}\n${message}`),
    replies: none,
    pings: ({ ntfy }) => ntfy.messages.flatMap(({ id, priority }) => (priority > 3 ? [id] : [])),
    edits: false,
    recognises: false,
    faults: ({ ntfy }) => ntfy.faults,
    post: /^POST/,
  },
  {
    name: 'pagerduty service',
    settings: ({ pagerduty }) => ({ pagerdutyRoutingKey: pagerduty.routingKey }),
    shown: ({ pagerduty }) => pagerduty.alerts.map(({ payload }) => JSON.stringify(payload)),
    replies: none,
    pings: none,
    edits: false,
    recognises: true,
    faults: ({ pagerduty }) => pagerduty.faults,
    post: /enqueue/,
    silent: true,
    alarms: true,
  },
  {
    name: 'apprise server',
    settings: ({ apprise }) => ({ appriseUrl: apprise.url }),
    shown: ({ apprise }) => apprise.messages.map(({ title, body }) => `${title ?? ''}\n${body}`),
    replies: none,
    pings: none,
    edits: false,
    recognises: false,
    faults: ({ apprise }) => apprise.faults,
    post: /notify/,
    silent: true,
  },
];
