import { z } from '@hono/zod-openapi';
import { network, verdictSchema } from './verdict-schema.ts';

const TYPES = [
  ...['discovered', 'progress', 'early-finding', 'verdict', 'reminder', 'cannot-finish'],
  ...['decided', 'closed', 'outcome', 'trouble', 'test'],
] as const;

const notice = z.looseObject({
  key: z.string().min(1),
  at: z.int().describe('UTC seconds.'),
  network,
  sentence: z.string(),
  proposal: z.looseObject({}).nullable(),
  standing: z.looseObject({}).nullable(),
});

const truncated = z
  .looseObject({
    why: z.enum(['too-long', 'refused']),
    see: z.string().optional().describe('The command that shows all of it.'),
  })
  .describe(
    'Only where something is left out: texts end in …, lists and tables are shorter, `checks` and `evidence` may be empty. `too-long`: it would not fit into 256 KiB. `refused`: the receiver refused it in a longer form.',
  );

/** `nns-watch/notice@1`, which the webhook sends. */
export const noticeSchema = z
  .strictObject({
    schema: z.literal('nns-watch/notice@1'),
    type: z.enum(TYPES),
    notice,
    verdict: verdictSchema.optional(),
    truncated: truncated.optional(),
  })
  .describe(
    'What the webhook sends: one piece of news, signed as Standard Webhooks has it. `notice.network` begins with NOT MAINNET where that is so.',
  )
  .openapi('Notice');
