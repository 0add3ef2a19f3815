import { z } from '@hono/zod-openapi';
import { REASONS } from '../../domain/check.ts';

/** `nns-watch/verdict@1` as other programs read it: docs/schema and /openapi.json are made from this. */
const nat64 = z.string().regex(/^[1-9][0-9]{0,19}$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
const remarkId = z.string().regex(/^[a-z-]+\/[a-z0-9-]+$/);
const reason = z.enum(REASONS);
export const network = z.string().regex(/^(mainnet|NOT MAINNET: .+)$/);

const side = z.strictObject({ value: z.string().nullable(), source: z.string() });
const comparison = z.strictObject({ label: z.string(), expected: side, actual: side, equal: z.boolean() });
const check = z.strictObject({
  id: z.string(),
  title: z.string(),
  tier: z.enum(['authoritative', 'corroborating', 'advisory']),
  component: z.enum(['guestos', 'hostos', 'setupos', 'recovery']).nullable(),
  outcome: z.enum(['verified', 'mismatch', 'inconclusive', 'skipped']),
  sentence: z.string(),
  comparisons: z.array(comparison),
});

const finding = z.strictObject({
  id: remarkId,
  severity: z.enum(['info', 'warning', 'serious']),
  sentence: z.string(),
});
const caveat = z.strictObject({ id: remarkId, sentence: z.string() });
const judged = {
  reasons: z.array(reason).describe('All reasons, the first of which is the reason.'),
  confirmed: z.boolean().nullable().describe('null unless mismatch; false: only one local build shows it so far.'),
  revision: z.int().min(1).describe('Counts the changes of the verdict of a proposal.'),
  headline: z.string(),
  findings: z.array(finding),
  caveats: z.array(caveat),
  decidedAt: time,
};
/** A reason is given if and only if nothing could be concluded. */
const verdict = z.union([
  z.strictObject({ outcome: z.enum(['verified', 'mismatch']), reason: z.null(), ...judged }),
  z.strictObject({ outcome: z.literal('inconclusive'), reason, ...judged }),
]);

const observed = {
  kind: z.string(),
  source: z.string(),
  observedAt: time,
  file: sha256.optional().describe('Name of the kept bytes: their SHA-256.'),
};
const KINDS = [
  ...['absent', 'transport', 'rejected', 'untrusted', 'malformed'],
  ...['limit', 'input', 'storage', 'host', 'bug'],
] as const;
const unavailable = z.strictObject({ kind: z.enum(KINDS), code: z.string().regex(/^[a-z0-9-]+$/) });
const evidence = z.union([
  z.strictObject({ ...observed, value: z.looseObject({}) }),
  z.strictObject({ ...observed, unavailable }),
]);

const proposal = z.strictObject({
  id: nat64,
  kind: z.enum(['elect-guestos', 'elect-hostos', 'retire-only', 'other']),
  title: z.string(),
  status: z.enum(['open', 'rejected', 'adopted', 'executed', 'failed', 'unknown']),
  deadline: time.nullable(),
  links: z.record(z.string(), z.string().nullable()),
});
const version = z.strictObject({
  commit: z.string().regex(/^[0-9a-f]{40}$/),
  packageSha256: sha256.nullable(),
  packageUrls: z.array(z.string()),
  retires: z.array(z.string()),
});

const measured = z.strictObject({
  image: z.string().describe('Where it was read.'),
  sha256,
  rootHash: z.string().nullable().describe('dm-verity root of its root partition; null: it has no tree.'),
  measurements: z.array(
    z.strictObject({
      measurement: z.string(),
      kernelCmdline: z.string(),
      vcpuType: z.string().nullable(),
      vcpus: z.int().min(1),
    }),
  ),
  notFound: z.array(z.string()).describe('Measurements that it gives for no number and type of processors.'),
});

export const verdictSchema = z
  .strictObject({
    schema: z.literal('nns-watch/verdict@1'),
    network,
    proposal: proposal.nullable(),
    version: version.nullable(),
    verdict: verdict.nullable().describe('null: a dry run, which verifies nothing, or no verdict yet.'),
    measured: measured.nullable().describe('What the published GuestOS image gives; null: it was not read.'),
    checks: z.array(check),
    evidence: z.array(evidence),
    buildReused: z
      .boolean()
      .nullable()
      .optional()
      .describe(
        'The build was over before this run began, and its files are used again; null: no build came to its end.',
      ),
    timing: z.strictObject({ startedAt: time, seconds: z.record(z.string(), z.number().min(0)) }),
    host: z.looseObject({ description: z.string().nullable() }),
    tool: z.looseObject({ name: z.literal('nns-watch'), version: z.string() }),
  })
  .describe(
    'One verdict with everything it was judged from. Ids of 64 bits are text, times are UTC ISO 8601, hashes lower-case hex. Title, URLs, sentences and values may hold strangers’ text: escape them where they are shown.',
  )
  .openapi('Verdict');
