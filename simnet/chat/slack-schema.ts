import { z } from 'zod';

/**
 * What may be sent, after Slack's block reference. Unknown fields and types are refused.
 * @see https://docs.slack.dev/reference/block-kit/blocks
 */
const plainText = (max: number) =>
  z.strictObject({ type: z.literal('plain_text'), text: z.string().min(1).max(max), emoji: z.boolean().optional() });
const mrkdwn = (max: number) =>
  z.strictObject({ type: z.literal('mrkdwn'), text: z.string().min(1).max(max), verbatim: z.boolean().optional() });
const text = (max: number) => z.discriminatedUnion('type', [plainText(max), mrkdwn(max)]);

const style = z
  .strictObject({
    bold: z.boolean().optional(),
    italic: z.boolean().optional(),
    strike: z.boolean().optional(),
    code: z.boolean().optional(),
  })
  .optional();

const richElement = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: z.string().min(1).max(3000), style }),
  z.strictObject({
    type: z.literal('link'),
    url: z.string().regex(/^https?:\/\/\S{1,2990}$/),
    text: z.string().min(1).max(3000).optional(),
    style,
  }),
  z.strictObject({
    type: z.literal('date'),
    timestamp: z.int(),
    format: z
      .string()
      .regex(
        /\{(?:date_num|date|date_short|date_long|date_pretty|date_short_pretty|date_long_pretty|time|time_secs|ago)\}/,
      ),
    url: z.string().optional(),
    fallback: z.string().optional(),
    style,
  }),
  z.strictObject({ type: z.literal('emoji'), name: z.string().min(1) }),
  z.strictObject({ type: z.literal('user'), user_id: z.string().regex(/^[UW]\w+$/), style }),
  z.strictObject({ type: z.literal('usergroup'), usergroup_id: z.string().regex(/^S\w+$/), style }),
  z.strictObject({ type: z.literal('broadcast'), range: z.enum(['here', 'channel', 'everyone']) }),
]);

const richText = z.strictObject({
  type: z.literal('rich_text'),
  block_id: z.string().max(255).optional(),
  elements: z
    .array(
      z.discriminatedUnion('type', [
        z.strictObject({ type: z.literal('rich_text_section'), elements: z.array(richElement).min(1) }),
        z.strictObject({
          type: z.literal('rich_text_preformatted'),
          elements: z.array(richElement).min(1),
          border: z.int().optional(),
        }),
      ]),
    )
    .min(1),
});

/** @see https://docs.slack.dev/reference/block-kit/block-elements/button-element */
const button = z.strictObject({
  type: z.literal('button'),
  text: plainText(75),
  action_id: z.string().max(255).optional(),
  url: z.string().regex(/^https?:\/\/\S{1,2990}$/),
});

const block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('header'), block_id: z.string().max(255).optional(), text: plainText(150) }),
  z
    .strictObject({
      type: z.literal('section'),
      block_id: z.string().max(255).optional(),
      text: text(3000).optional(),
      fields: z.array(text(2000)).min(1).max(10).optional(),
    })
    .refine((section) => section.text !== undefined || section.fields !== undefined, 'text or fields'),
  z.strictObject({
    type: z.literal('context'),
    block_id: z.string().max(255).optional(),
    elements: z.array(text(2000)).min(1).max(10),
  }),
  z.strictObject({ type: z.literal('divider'), block_id: z.string().max(255).optional() }),
  z
    .strictObject({
      type: z.literal('actions'),
      block_id: z.string().max(255).optional(),
      elements: z.array(button).min(1).max(25),
    })
    .refine(({ elements }) => new Set(elements.map((one) => one.action_id)).size === elements.length, 'action_id'),
  richText,
]);

export const blocks = z.array(block).max(50);
export type Block = z.infer<typeof block>;

const metadata = z.strictObject({
  event_type: z.string().regex(/^[a-z0-9_]{1,255}$/i),
  event_payload: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

const common = {
  text: z.string().max(4000).optional(),
  blocks: z.array(z.unknown()).optional(),
  unfurl_links: z.boolean().optional(),
  unfurl_media: z.boolean().optional(),
};

const channel = z.string().regex(/^[CGD][A-Z0-9]{2,20}$/);
const ts = z.string().regex(/^\d{10}\.\d{6}$/);

export const METHODS = {
  'auth.test': z.strictObject({}),
  'chat.postMessage': z.strictObject({
    ...common,
    channel,
    metadata: metadata.optional(),
    thread_ts: ts.optional(),
    reply_broadcast: z.boolean().optional(),
    link_names: z.boolean().optional(),
    mrkdwn: z.boolean().optional(),
    parse: z.enum(['none', 'full']).optional(),
  }),
  'chat.update': z.strictObject({
    channel,
    ts,
    text: common.text,
    blocks: common.blocks,
    metadata: metadata.optional(),
    link_names: z.boolean().optional(),
    parse: z.enum(['none', 'full']).optional(),
    reply_broadcast: z.boolean().optional(),
  }),
  'conversations.history': z.strictObject({
    channel,
    limit: z.int().min(1).max(999).optional(),
    include_all_metadata: z.boolean().optional(),
    cursor: z.string().optional(),
    latest: ts.optional(),
    oldest: ts.optional(),
  }),
  'conversations.replies': z.strictObject({
    channel,
    ts,
    limit: z.int().min(1).max(1000).optional(),
    include_all_metadata: z.boolean().optional(),
    cursor: z.string().optional(),
  }),
};

export const webhookPayload = z.strictObject(common);

export type Post = z.infer<(typeof METHODS)['chat.postMessage']>;

/** Characters of all texts in the blocks: Slack refuses more than about 13,000 as msg_blocks_too_long. */
export function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, one) => sum + textLength(one), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, one]) => sum + (key === 'text' && typeof one === 'string' ? one.length : textLength(one)),
    0,
  );
}
