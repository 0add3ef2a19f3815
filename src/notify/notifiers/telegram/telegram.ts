import * as common from '../../../platform/setting-values.ts';
import { limitsOf } from '../../ask-json.ts';
import { chat, notifierKind } from '../../notifier-kind.ts';
import { telegramBot } from './bot.ts';
import { createCall } from './bot-api.ts';

/** A bot in one chat. @see https://core.telegram.org/bots/api */
export const telegram = notifierKind({
  name: 'telegram',
  settings: {
    telegramBotToken: chat.secret(
      'TELEGRAM_BOT_TOKEN',
      common.text('must be a token of @BotFather such as 123456:ABC-…', /^\d{1,20}:[\w-]{8,100}$/),
      'A Telegram bot; needs TELEGRAM_CHAT_ID.',
      { needs: 'TELEGRAM_CHAT_ID' },
    ),
    telegramChatId: chat.optional(
      'TELEGRAM_CHAT_ID',
      common.text(
        'must be a number such as -1001234567890, or @name of a channel',
        /^(?:-?\d{1,20}|@[A-Za-z]\w{3,31})$/,
      ),
      'The chat that the bot writes to.',
      { needs: 'TELEGRAM_BOT_TOKEN' },
    ),
  },
  create: ({ telegramBotToken: token, telegramChatId: to }, { fetch, statusUrl, timeoutMs }) => {
    if (token === null || to === null) return [];
    const call = createCall({ name: 'telegram', fetch, limits: limitsOf(timeoutMs) }, token);
    return [telegramBot({ chat: to, call, statusUrl })];
  },
});
