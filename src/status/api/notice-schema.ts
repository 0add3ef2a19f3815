import { z } from '@hono/zod-openapi';
import type { NoticeType } from '../../domain/notice.ts';
import { network, verdictSchema } from './verdict-schema.ts';

/** Every type there is: one that is missing here does not compile. */
const TYPES = Object.keys({
  ...{ discovered: 1, progress: 1, 'early-finding': 1, verdict: 1, reminder: 1, 'cannot-finish': 1, decided: 1 },
  ...{ closed: 1, outcome: 1, 'registry-differs': 1, deployment: 1, trouble: 1, test: 1 },
} satisfies Record<NoticeType, 1>) as [NoticeType, ...NoticeType[]];

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
