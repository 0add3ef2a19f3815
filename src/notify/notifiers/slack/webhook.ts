import { createHash } from 'node:crypto';
import type { DeliveryContext, Notice, Notifier, RemoteMessage } from '../../../domain/notice.ts';
import { composeMessage, type MessageOptions } from '../../message.ts';
import { orNull } from '../../forms.ts';
import { chatError, objectIn, type ChatLimits, type Fetch } from '../../transport.ts';
import { slackError } from './errors.ts';
import { withMention, type SlackMention } from './mention.ts';
import { renderReport } from './render.ts';
import { boundedFetch, fullOrMinimal } from './sending.ts';

export interface SlackWebhookOptions extends MessageOptions {
  readonly url: string;
  readonly fetch: Fetch;
  readonly limits: ChatLimits;
  readonly mention: SlackMention | null;
}

/**
 * An incoming webhook gives no address of what it posted: nothing can be edited, so progress is left out, and every
 * other notice is a message of its own.
 */
export function slackWebhook({ url, fetch, limits, mention, statusUrl }: SlackWebhookOptions): Notifier {
  const deliver = async (notice: Notice, context: DeliveryContext): Promise<RemoteMessage | null> => {
    const { previous, attempt, signal } = context;
    if (notice.type === 'progress') return previous;
    const message = composeMessage(notice, { statusUrl });
    const { IncomingWebhook } = await import('@slack/webhook');
    const webhook = new IncomingWebhook(url, { fetch: boundedFetch(fetch, limits, signal) });
    const { attachment } = message;
    const extra = (attachment && orNull(() => renderReport(attachment, 1))) ?? [];
    await fullOrMinimal(message, { extra, attempt }, async (body) => {
      const { text, blocks } = withMention(body, notice.pings ? mention : null);
      try {
        const shown = blocks.length > 0 ? { text, blocks } : { text };
        const { text: said } = await webhook.send({ ...shown, unfurl_links: false, unfurl_media: false });
        // A workflow's webhook answers with an object. A page is somebody else's, and nothing was told.
        if (said.trim() !== 'ok' && objectIn(said) === null) {
          throw chatError('transport', 'chat-malformed', 'the answer is not Slack’s');
        }
      } catch (thrown) {
        throw slackError(thrown);
      }
    });
    return null;
  };
  return { id: `slack:${webhookName(url)}`, deliver, close: async () => undefined };
}

/** Team and app of `/services/T…/B…/secret`, which are no secrets; of another address a digest. */
function webhookName(url: string): string {
  const [, team, app] = /\/services\/(T\w+)\/(B\w+)\//.exec(url) ?? [];
  return team && app ? `${team}/${app}` : createHash('sha256').update(url).digest('hex').slice(0, 12);
}
