import { OpenAPIHono, z } from '@hono/zod-openapi';
import type { Frame } from '../page-head.ts';
import { noticeSchema } from './notice-schema.ts';
import { healthSchema, notKnownSchema, proposalsSchema, readySchema, statusSchema } from './status-schema.ts';
import { verdictSchema } from './verdict-schema.ts';

interface Described {
  readonly path: string;
  readonly summary: string;
  readonly schema: z.ZodType;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** Beside 200, with what is answered then. */
  readonly other?: { readonly status: 404 | 503; readonly schema: z.ZodType; readonly description: string };
}

const notKnown = { status: 404, schema: notKnownSchema, description: 'Nothing is known of it here.' } as const;
const named = (name: string, pattern: RegExp): z.ZodObject => z.object({ [name]: z.string().regex(pattern) });

const filter = z.object({
  outcome: z.enum(['verified', 'mismatch', 'inconclusive', 'none']).optional(),
  kind: z.enum(['elect-guestos', 'elect-hostos', 'retire-only', 'other']).optional(),
  month: z.string().optional().describe('In which voting closes, in UTC: 2026-09.'),
  text: z.string().max(80).optional().describe('Within the title, or the beginning of the id or commit.'),
  page: z.coerce.number().int().min(1).optional(),
});

const PATHS: readonly Described[] = [
  { path: '/status.json', summary: 'How the service is', schema: statusSchema },
  { path: '/history.json', summary: 'Elections, newest first, in pages', schema: proposalsSchema, query: filter },
  {
    path: '/proposals/{id}.json',
    summary: 'The verdict on a proposal with all its evidence',
    schema: verdictSchema,
    params: named('id', /^[1-9][0-9]{0,19}$/),
    other: notKnown,
  },
  {
    path: '/commits/{commit}.json',
    summary: 'The newest verdict on a commit',
    schema: verdictSchema,
    params: named('commit', /^[0-9a-f]{40}$/),
    other: notKnown,
  },
  {
    path: '/hashes/{sha256}.json',
    summary: 'The verdict that a hash belongs to',
    schema: verdictSchema,
    params: named('sha256', /^[0-9a-f]{64}$/),
    other: notKnown,
  },
  {
    path: '/healthz',
    summary: 'Whether the service does its work',
    schema: healthSchema,
    other: { status: 503, schema: healthSchema, description: 'Something keeps it from its work.' },
  },
  {
    path: '/readyz',
    summary: 'Whether the service has begun its work',
    schema: readySchema,
    other: { status: 503, schema: readySchema, description: 'Not yet.' },
  },
];

const json = (schema: z.ZodType) => ({ 'application/json': { schema } });

/** What the page answers to programs, as OpenAPI 3.1, from the schemas that its answers are held against. */
export function openApiDocument({ network, toolVersion, publicUrl = null }: Frame): object {
  const { openAPIRegistry: registry, getOpenAPI31Document } = new OpenAPIHono();
  // What the webhook sends is read with the same tools.
  registry.register('Notice', noticeSchema);
  for (const { path, summary, schema, params, query, other } of PATHS) {
    registry.registerPath({
      ...{ method: 'get', path, summary },
      request: { ...(params ? { params } : {}), ...(query ? { query } : {}) },
      responses: {
        200: { description: summary, content: json(schema) },
        ...(other ? { [other.status]: { description: other.description, content: json(other.schema) } } : {}),
      },
    });
  }
  const remark = network === 'mainnet' ? '' : `${network} · `;
  return getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: `${remark}nns-watch`,
      version: toolVersion,
      description: `${remark}Verdicts on IC-OS elections. Everything here can only be read. Titles, URLs, sentences and values may hold strangers’ text.`,
    },
    servers: [{ url: publicUrl ?? '/' }],
    'x-network': network,
  });
}
