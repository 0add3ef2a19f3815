import { z } from 'zod';
import type { Component } from '../domain/component.ts';
import type { Notice } from '../domain/notice.ts';

const side = z.object({ value: z.string().nullable(), source: z.string() });
const comparison = z.object({ label: z.string(), expected: side, actual: side, equal: z.boolean() });
const check = z.object({
  id: z.string(),
  tier: z.enum(['authoritative', 'corroborating', 'advisory']),
  component: z.enum(['guestos', 'hostos', 'setupos', 'recovery']).nullable(),
  outcome: z.enum(['verified', 'mismatch', 'inconclusive', 'skipped']),
  sentence: z.string(),
  comparisons: z.array(comparison),
});
const verdict = z.object({
  outcome: z.enum(['verified', 'mismatch', 'inconclusive']),
  reason: z.string().nullable(),
  confirmed: z.boolean().nullable(),
  revision: z.number().int(),
  headline: z.string(),
  findings: z.array(z.object({ severity: z.enum(['info', 'warning', 'serious']), sentence: z.string() })),
  caveats: z.array(z.object({ sentence: z.string() })),
});
const document = z.object({ verdict, checks: z.array(check) });

export type ComparisonView = z.infer<typeof comparison>;
export type CheckView = z.infer<typeof check>;

/** The parts of a verdict document that messages show. */
export type VerdictView = z.infer<typeof verdict> & { readonly checks: readonly CheckView[] };

/**
 * The verdict that a notice carries; null where there is none, where it cannot be read, and where it is about another
 * proposal or network: then no message may show an outcome.
 */
export function verdictView({ proposal, verdict: given, network }: Notice): VerdictView | null {
  if (!given || !proposal || given.proposal?.id !== proposal.id || given.network !== network) return null;
  const read = document.safeParse(given);
  if (!read.success) return null;
  const { verdict: judged, checks } = read.data;
  // A verdict that its own checks contradict is none.
  const contradicted = checks.some(({ outcome, tier }) => outcome === 'mismatch' && tier !== 'advisory');
  if (judged.outcome === 'verified' && contradicted) return null;
  return { ...judged, checks };
}

/** The component that an election of this kind binds. */
export function electedComponent(kind: string): Component | null {
  if (kind === 'elect-guestos') return 'guestos';
  return kind === 'elect-hostos' ? 'hostos' : null;
}
