import { z } from '@hono/zod-openapi';
import { REASONS } from '../../domain/check.ts';
import { network } from './verdict-schema.ts';

const when = z.iso.datetime();
const count = z.int().min(0);
const kind = z.enum(['elect-guestos', 'elect-hostos', 'retire-only', 'other']);
const outcome = z.enum(['verified', 'mismatch', 'inconclusive']);

const verdict = z.looseObject({
  outcome,
  reason: z.enum(REASONS).nullable(),
  confirmed: z.boolean().nullable(),
  final: z.boolean(),
  revision: z.int().min(1),
  by: z.enum(['service', 'hand']),
  decidedAt: when,
});

const election = z.looseObject({
  id: z.string().regex(/^[1-9][0-9]{0,19}$/),
  kind,
  title: z.string().nullable(),
  status: z.enum(['open', 'rejected', 'adopted', 'executed', 'failed', 'unknown']),
  commit: z
    .string()
    .regex(/^[0-9a-f]{40}$/)
    .nullable(),
  deadline: when.nullable(),
  secondsLeft: count.nullable(),
  tally: z.object({ yes: z.string(), no: z.string(), total: z.string() }).nullable(),
  verdict: verdict.nullable(),
  work: z.looseObject({ state: z.enum(['queued', 'held']), attempt: count }).nullable(),
  mutedUntil: when.nullable(),
});

/** `nns-watch/proposals@1`: of `proposals --json` and /history.json. */
export const proposalsSchema = z
  .object({ schema: z.literal('nns-watch/proposals@1'), network, proposals: z.array(election) })
  .describe('Elections with their votes and verdicts, the newest first.')
  .openapi('Proposals');

const health = {
  vitality: z.enum(['starting', 'working', 'failing']),
  problems: z.array(z.string()).describe('What keeps it from finding, verifying or notifying.'),
  notes: z.array(z.string()),
};

/** `nns-watch/status@1`: of `status --json` and /status.json. */
export const statusSchema = z
  .looseObject({
    schema: z.literal('nns-watch/status@1'),
    network,
    toolVersion: z.string(),
    healthy: z.boolean(),
    ...health,
    at: when,
    watching: z.boolean(),
    loops: z.array(z.looseObject({ loop: z.string(), lastOk: when.nullable() })),
    troubles: z.array(z.looseObject({ key: z.string(), sentence: z.string(), since: when })),
    running: z.array(z.looseObject({ kind: z.enum(['verify', 'build']), key: z.string(), since: when })),
    queue: z.array(z.looseObject({ kind: z.enum(['verify', 'build']), waiting: count, held: count })),
    channels: z.array(z.looseObject({ notifier: z.string(), waiting: count, failing: count, dead: count })),
    elections: z.array(election).describe('With votes to come, the most urgent first.'),
  })
  .describe('How the service is, what it does, and the elections with votes to come.')
  .openapi('Status');

export const healthSchema = z
  .looseObject({ network, ok: z.boolean(), ...health })
  .describe('Answered with 503 while anything keeps the service from its work.')
  .openapi('Health');

export const readySchema = z.object({ network, ready: z.boolean() });

export const notKnownSchema = z.object({ network, error: z.string() });
