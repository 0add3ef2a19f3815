import { z } from 'zod';

/**
 * What may be sent, after Discord's public specification. Unknown fields are refused here, so that a misspelt one is
 * noticed. Lengths count UTF-16 units, which are never fewer than what Discord counts.
 * @see https://docs.discord.com/developers/resources/message
 * @see https://docs.discord.com/developers/resources/webhook#execute-webhook
 */
const snowflake = z.string().regex(/^\d{15,20}$/);
const address = z.string().regex(/^https?:\/\/\S{1,2040}$/);

const field = z.strictObject({
  name: z.string().trim().min(1).max(256),
  value: z.string().trim().min(1).max(1024),
  inline: z.boolean().optional(),
});

const embed = z.strictObject({
  title: z.string().max(256).optional(),
  description: z.string().max(4096).optional(),
  url: address.optional(),
  timestamp: z.iso.datetime().optional(),
  color: z.int().min(0).max(0xffffff).optional(),
  footer: z.strictObject({ text: z.string().min(1).max(2048), icon_url: address.optional() }).optional(),
  author: z.strictObject({ name: z.string().min(1).max(256), url: address.optional() }).optional(),
  fields: z.array(field).max(25).optional(),
});

/** "The combined sum of characters in all embeds of a message must not exceed 6000." */
function embedText(embeds: readonly z.infer<typeof embed>[]): number {
  return embeds
    .flatMap(({ title, description, footer, author, fields }) => [
      title,
      description,
      footer?.text,
      author?.name,
      ...(fields ?? []).flatMap(({ name, value }) => [name, value]),
    ])
    .reduce((sum, text) => sum + (text?.length ?? 0), 0);
}

const allowedMentions = z
  .strictObject({
    parse: z.array(z.enum(['roles', 'users', 'everyone'])).optional(),
    roles: z.array(snowflake).max(100).optional(),
    users: z.array(snowflake).max(100).optional(),
    replied_user: z.boolean().optional(),
  })
  .refine(({ parse, roles }) => !(parse?.includes('roles') && roles && roles.length > 0), 'mutually exclusive: roles')
  .refine(({ parse, users }) => !(parse?.includes('users') && users && users.length > 0), 'mutually exclusive: users');

/** @see https://docs.discord.com/developers/components/reference#button (a link button has a url and no custom_id) */
const linkButton = z.strictObject({
  type: z.literal(2),
  style: z.literal(5),
  label: z.string().min(1).max(80),
  url: z.string().regex(/^https?:\/\/\S{1,504}$/),
});
const actionRow = z.strictObject({ type: z.literal(1), components: z.array(linkButton).min(1).max(5) });

const written = {
  content: z.string().max(2000).optional(),
  embeds: z
    .array(embed)
    .max(10)
    .refine((embeds) => embedText(embeds) <= 6000, 'Embed size exceeds maximum size of 6000')
    .optional(),
  allowed_mentions: allowedMentions.optional(),
  attachments: z
    .array(z.strictObject({ id: z.string(), filename: z.string().min(1).max(260), description: z.string().optional() }))
    .max(10)
    .optional(),
  components: z.array(actionRow).max(5).optional(),
  flags: z.int().optional(),
};

export const createMessage = z.strictObject({
  ...written,
  tts: z.boolean().optional(),
  nonce: z.union([z.string().min(1).max(25), z.int()]).optional(),
  enforce_nonce: z.boolean().optional(),
  message_reference: z
    .strictObject({
      message_id: snowflake,
      channel_id: snowflake.optional(),
      fail_if_not_exists: z.boolean().optional(),
    })
    .optional(),
});

export const executeWebhook = z.strictObject({
  ...written,
  tts: z.boolean().optional(),
  username: z.string().min(1).max(80).optional(),
  avatar_url: address.optional(),
  thread_name: z.string().min(1).max(100).optional(),
});

export const editMessage = z.strictObject(written);

export const startThread = z.strictObject({
  name: z.string().min(1).max(100),
  auto_archive_duration: z.union([z.literal(60), z.literal(1440), z.literal(4320), z.literal(10_080)]).optional(),
  rate_limit_per_user: z.int().min(0).max(21_600).nullable().optional(),
});

/** Any of them: what a message is made of. */
export type Written = Partial<z.infer<typeof createMessage>>;
