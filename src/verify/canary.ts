import { mirrorUrl, type Mirror } from '../domain/artifact.ts';
import { canaryState, type CanaryCase, type CanarySubject, type JudgedCase } from '../domain/canary.ts';
import type { Outcome } from '../domain/check.ts';
import { evidenceKey, type Evidence, type EvidenceKey, type FileHash, type Observation } from '../domain/evidence.ts';
import type { Sha256 } from '../domain/ids.ts';
import type { Proposal } from '../domain/proposal.ts';
import { judge as judgeCase } from './judge.ts';
import { blockerOf } from './plan.ts';
import { ask } from './question.ts';
import { proposalSubject } from './subject.ts';

/** What a canary needs beside the kept evidence. */
export interface CanaryFacts {
  readonly subject: CanarySubject;
  readonly mirrors: readonly Mirror[];
  /** Read again for this canary; it takes the place of what was kept. */
  readonly fresh: readonly (readonly [EvidenceKey, Observation<unknown>])[];
  /** The hash of a local copy in which one byte was altered; null: no copy is kept here. */
  readonly altered: FileHash | null;
  /** Only tests give another. */
  readonly judge?: typeof judgeCase;
}

/** What is read again: small, and in the way of every run. */
export function freshKeys({ proposal }: CanarySubject, mirrors: readonly Mirror[]): readonly EvidenceKey<'sums'>[] {
  if (!('version' in proposal.action)) return [];
  const { commit, component } = proposal.action.version;
  return mirrors.map((mirror) => evidenceKey.sums(mirrorUrl(mirror, commit, component, 'checksums')));
}

/** Judges the release as it was verified, and twice with something in it that must be a mismatch. */
export function judgeCanary(facts: CanaryFacts): {
  readonly state: ReturnType<typeof canaryState>;
  readonly cases: readonly JudgedCase[];
} {
  const { proposal } = facts.subject;
  const evidence = facts.subject.evidence.copy();
  for (const [key, look] of facts.fresh) if (look.status === 'observed') evidence.add(key, look as Observation<never>);
  const cases = [
    judged('as-verified', 'verified', proposal, evidence, facts),
    judged('hash-altered', 'mismatch', withOtherHash(proposal), evidence, facts),
    judged('byte-altered', 'mismatch', proposal, withOtherBytes(proposal, evidence, facts.altered), facts),
  ];
  return { state: canaryState(cases), cases };
}

function judged(
  name: CanaryCase,
  expected: Outcome,
  proposal: Proposal,
  kept: Evidence,
  { mirrors, judge = judgeCase }: CanaryFacts,
): JudgedCase {
  const evidence = kept.copy();
  evidence.add(evidenceKey.proposal(proposal.id), {
    status: 'observed',
    value: proposal,
    source: `canary over proposal ${proposal.id}`,
    observedAt: 0,
  });
  const subject = proposalSubject(proposal);
  const input = { ...QUESTION, mirrors, target: { mode: 'proposal', id: proposal.id } as const };
  const { scope, plan } = ask(subject, input, evidence);
  const { cells: planned, skipped } = plan;
  const { outcome, headline } = judge({ scope, planned, skipped, evidence, blocker: blockerOf(subject) });
  return { name, expected, outcome, headline };
}

/** Only what is elected is asked for, whatever the settings are by now. */
const QUESTION = {
  components: [],
  build: true,
  attestations: true,
  confirm: false,
  dryRun: false,
  keep: false,
} as const;

/** The last hexadecimal digit of the hash that the proposal names is another. */
function withOtherHash(proposal: Proposal): Proposal {
  const { action } = proposal;
  if (!('version' in action)) return proposal;
  const version = { ...action.version, packageSha256: flipped(action.version.packageSha256) };
  return { ...proposal, action: { ...action, version } };
}

const flipped = (hash: Sha256): Sha256 => `${hash.slice(0, -1)}${hash.endsWith('0') ? '1' : '0'}` as Sha256;

/** What was built here is the altered copy; where none is kept, one digit of its hash stands for its byte. */
function withOtherBytes(proposal: Proposal, kept: Evidence, altered: FileHash | null): Evidence {
  const evidence = kept.copy();
  if (!('version' in proposal.action)) return evidence;
  const { commit, component } = proposal.action.version;
  for (const attempt of [1, 2]) {
    const key = evidenceKey.localImage(commit, attempt, component);
    const look = evidence.get(key);
    if (look?.status !== 'observed') continue;
    const value = altered ?? { ...look.value, sha256: flipped(look.value.sha256) };
    evidence.add(key, { ...look, value });
  }
  return evidence;
}
