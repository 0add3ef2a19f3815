import type { Evidence } from '../../src/domain/evidence.ts';
import { evidenceKey } from '../../src/domain/evidence.ts';
import type { ProposalId } from '../../src/domain/ids.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { BUILD, COMMIT, election, flipped, imageHash, missing, seen } from '../support/evidence.ts';
import { World } from '../support/world.ts';

export interface Judged {
  readonly verdict: Verdict;
  readonly evidence: Evidence;
}

export function judgedOf(
  overrides: ConstructorParameters<typeof World>[0],
  change: (world: World) => void = () => undefined,
): Judged {
  const made = new World(overrides);
  change(made);
  return { verdict: made.verdict(), evidence: made.evidence() };
}

/** Two builds here give the same file, and it is not the published one. */
export function differing(id: ProposalId): Judged {
  const built = seen({ sha256: flipped(imageHash('hostos')), bytes: 1000 }, 'local build on build-host');
  return judgedOf({ subject: election({ component: 'hostos' }, { id }) }, (made) => {
    made
      .set(evidenceKey.localImage(COMMIT, 1, 'hostos'), built)
      .set(evidenceKey.localImage(COMMIT, 2, 'hostos'), built);
    made.set(evidenceKey.build(COMMIT, 2), seen(BUILD));
  });
}

export function withheld(id: ProposalId): Judged {
  return judgedOf({ subject: election({}, { id }) }, (made) => {
    made.set(evidenceKey.commitRefs(COMMIT), seen({ presence: 'missing', refs: [] }));
    made.set(evidenceKey.localImage(COMMIT, 1, 'guestos'), missing('absent', 'not-built', 'There is no source.'));
  });
}

/** Everything that a stranger can write, everywhere where it can stand. */
export function hostile(id: ProposalId, text: string): Judged {
  const { verdict, evidence } = judgedOf({ subject: election({}, { id }) });
  const side = { value: text, source: text };
  const comparison = { label: text, expected: side, actual: { value: `${text}.`, source: text }, equal: false };
  const results = verdict.results.map((result) =>
    result.outcome === 'skipped' ? result : { ...result, sentence: text, comparisons: [comparison] },
  );
  const finding = { id: 'payload-lint/x', severity: 'serious', sentence: text } as const;
  const caveat = { id: 'mirrors-agree/x', sentence: text };
  const told: Verdict = {
    ...verdict,
    outcome: 'inconclusive',
    reason: 'unreachable',
    reasons: ['unreachable'],
    headline: text,
    results,
    findings: [finding],
    caveats: [caveat],
  };
  evidence.add(evidenceKey.image(`https://evil.example/${text}`), missing('transport', 'stalled', text));
  return { verdict: told, evidence };
}
