import type { Subject } from '../domain/check.ts';
import { evidenceKey, type EvidenceKey, type Observation } from '../domain/evidence.ts';
import type { CommitId } from '../domain/ids.ts';
import type { Proposal } from '../domain/proposal.ts';
import { buildAttempt } from './attempts.ts';
import { Collection, reportBug } from './collection.ts';
import { Journal } from './journal.ts';
import { judge } from './judge.ts';
import { ask } from './question.ts';
import { proposalSubject, unreadable, type Target } from './subject.ts';
import type { VerifyDeps, VerifyInput, VerifyResult } from './verification.ts';
import { Walk } from './walk.ts';

/** Judges one proposal or commit, from reading it to the stored verdict. */
export async function verifyVersion(input: VerifyInput, deps: VerifyDeps): Promise<VerifyResult> {
  const { target } = input;
  const startedAt = deps.now();
  const reading = target.mode === 'proposal' ? await deps.proposals.read(target.id, deps.signal) : null;
  const proposal = reading?.status === 'observed' ? reading.value : null;
  const subject = subjectOf(target, proposal);
  const commit = subject && commitOf(subject);
  const proposalId = target.mode === 'proposal' ? target.id : null;
  const run = await deps.runs.start({ mode: target.mode, proposalId, proposal, commit });
  const journal = new Journal({ ...deps, run, target, proposal, startedAt });
  if (target.mode === 'proposal' && reading) {
    await journal.record(evidenceKey.proposal(target.id), reading);
    reportBug(evidenceKey.proposal(target.id), reading, deps.progress);
    if (reading.status === 'unavailable') {
      const blocker = unreadable(target.id, reading);
      const [{ evidence }, { earlier = null }] = [journal, input];
      return journal.conclude(null, judge({ scope: null, planned: [], skipped: [], evidence, blocker, earlier }));
    }
  }
  if (!subject) throw new Error('a run without a subject');
  if (input.dryRun) return dryRun(subject, commit, input, deps, journal);
  const { scope, verdict } = await new Walk(subject, commit, input, deps, journal).toItsEnd();
  return journal.conclude(scope, verdict);
}

function subjectOf(target: Target, proposal: Proposal | null): Subject | null {
  if (target.mode === 'commit') return { mode: 'commit', commit: target.commit };
  return proposal && proposalSubject(proposal);
}

function commitOf(subject: Subject): CommitId | null {
  return subject.mode === 'commit' ? subject.commit : (subject.version?.commit ?? null);
}

/** Reads the source, builds it, and compares nothing. */
async function dryRun(
  subject: Subject,
  commit: CommitId | null,
  input: VerifyInput,
  deps: VerifyDeps,
  journal: Journal,
): Promise<VerifyResult> {
  const { evidence } = journal;
  const record = (key: EvidenceKey, seen: Observation<unknown>): Promise<void> => journal.record(key, seen);
  journal.enter('collecting', 'Reading the source.');
  const source = ask(subject, input, evidence).plan.evidence.filter(({ kind }) => SOURCE.includes(kind));
  await new Collection({ ...deps, evidence, commit, record }).all(source);
  const { scope, plan } = ask(subject, input, evidence);
  journal.enter('building', 'The build begins as soon as it may.');
  await buildAttempt(scope, plan, 1, { ...deps, evidence, record, wanted: input.build, keep: input.keep });
  return journal.conclude(scope, null);
}

const SOURCE: readonly EvidenceKey['kind'][] = ['commit-refs', 'tree', 'host'];
