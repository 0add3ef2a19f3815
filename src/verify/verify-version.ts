import type { Scope, Subject } from '../domain/check.ts';
import { evidenceKey, type EvidenceKey, type Observation } from '../domain/evidence.ts';
import type { CommitId } from '../domain/ids.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Verdict } from '../domain/verdict.ts';
import { buildAttempt } from './attempts.ts';
import { Collection } from './collection.ts';
import { Early } from './early.ts';
import { Journal } from './journal.ts';
import { judge } from './judge.ts';
import { absentOnCdn, blockerOf, boundEvidence, planChecks, scopeOf, TARGETS, type Plan } from './plan.ts';
import { proposalSubject, unreadable, type Target } from './subject.ts';
import type { VerifyDeps, VerifyInput, VerifyResult } from './verification.ts';

interface Asked {
  readonly scope: Scope;
  readonly plan: Plan;
}

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
    if (reading.status === 'unavailable') {
      const blocker = unreadable(target.id, reading);
      const { evidence } = journal;
      return journal.conclude(null, judge({ scope: null, planned: [], skipped: [], evidence, blocker }));
    }
  }
  if (!subject) throw new Error('a run without a subject');
  return examine(subject, commit, input, deps, journal);
}

function subjectOf(target: Target, proposal: Proposal | null): Subject | null {
  if (target.mode === 'commit') return { mode: 'commit', commit: target.commit };
  return proposal && proposalSubject(proposal);
}

function commitOf(subject: Subject): CommitId | null {
  return subject.mode === 'commit' ? subject.commit : (subject.version?.commit ?? null);
}

/** Looks, builds and judges, once there is something to look at. */
async function examine(
  subject: Subject,
  commit: CommitId | null,
  input: VerifyInput,
  deps: VerifyDeps,
  journal: Journal,
): Promise<VerifyResult> {
  const { evidence } = journal;
  const provisional = ask(subject, input, { tree: null, absentOnCdn: [] });
  const early = new Early(provisional.scope, provisional.plan, evidence, deps.progress);
  const record = async (key: EvidenceKey, observation: Observation<unknown>): Promise<void> => {
    await journal.record(key, observation);
    if (!input.dryRun) early.look();
  };
  const collection = new Collection({ ...deps, evidence, commit, record });
  journal.enter('collecting', 'Collecting what was published.');
  const { scope, plan } = await firstLook(subject, input, provisional, collection, journal);
  const build = (attempt: number): Promise<void> =>
    buildAttempt(scope, plan, attempt, { ...deps, evidence, record, wanted: input.build, keep: input.keep });
  const judgeNow = (): Verdict =>
    judge({ scope, planned: plan.cells, skipped: plan.skipped, evidence, blocker: blockerOf(subject) });

  journal.enter('building', 'The images arrive, and the build begins as soon as it may.');
  if (input.dryRun) {
    await build(1);
    return journal.conclude(scope, null);
  }
  const everything = collection.all(plan.evidence);
  const isComplete = settling(everything);
  await Promise.all([input.electedFirst ? collection.all(boundEvidence(scope, plan)) : everything, build(1)]);
  if (!isComplete()) {
    journal.enter('judging', 'Comparing what is elected; the other images still arrive.');
    await journal.revise(judgeNow());
  }
  await everything;
  journal.enter('judging', 'Comparing.');
  const first = judgeNow();
  const again = input.confirm && first.confirmed === false && (await (deps.mayConfirm?.() ?? true));
  if (again) await buildAgain(first, journal, () => build(2));
  return journal.conclude(scope, again ? judgeNow() : first);
}

async function buildAgain(first: Verdict, journal: Journal, build: () => Promise<void>): Promise<void> {
  await journal.revise(first);
  journal.enter('building', 'Only the local build differs: building a second time, clean.');
  await build();
  journal.enter('judging', 'Comparing again.');
}

/** Tells at any time whether the work has ended; its failure is met by whoever awaits it. */
function settling(work: Promise<void>): () => boolean {
  let settled = false;
  const settle = (): boolean => (settled = true);
  work.then(settle, settle);
  return () => settled;
}

function ask(subject: Subject, input: VerifyInput, facts: Parameters<typeof scopeOf>[0]['facts']): Asked {
  const { components: flags, mirrors, build, attestations } = input;
  const scope = scopeOf({ subject, flags, mirrors, build, attestations, facts });
  return { scope, plan: planChecks(scope) };
}

/**
 * The small facts, and from them the final question: what applies comes from the commit's own tree. Images that are
 * known to be published start to arrive while git is still at work.
 */
async function firstLook(
  subject: Subject,
  input: VerifyInput,
  provisional: Asked,
  collection: Collection,
  { evidence }: Journal,
): Promise<Asked> {
  const source = provisional.plan.evidence.filter(isSource);
  if (input.dryRun) {
    await collection.all([...source, evidenceKey.host()]);
  } else {
    const small = provisional.plan.evidence.filter((key) => !isSource(key) && key.kind !== 'image');
    // Only a start, here and below: whoever needs them awaits the same looks again, and meets the same failure. Git
    // first: it works by itself while we open connections.
    for (const keys of [source, small]) collection.all(keys).catch(() => undefined);
    const published = collection.all(small.filter(shapesQuestion)).then(() => {
      const absent = absentOnCdn(provisional.scope, evidence);
      const now = ask(subject, input, { tree: null, absentOnCdn: absent });
      const images = planChecks(without(now.scope, absent)).evidence.filter((key) => key.kind === 'image');
      collection.all(images).catch(() => undefined);
    });
    await Promise.all([published, collection.all(source)]);
  }
  const tree = provisional.scope.commit ? evidence.get(evidenceKey.tree(provisional.scope.commit)) : undefined;
  return ask(subject, input, {
    tree: tree?.status === 'observed' ? tree.value : null,
    // A dry run asks no download host: the tree alone says what there is to build.
    absentOnCdn: input.dryRun ? TARGETS : absentOnCdn(provisional.scope, evidence),
  });
}

/** Slow facts, from git, which the published files do not wait for. */
function isSource(key: EvidenceKey): boolean {
  return key.kind === 'commit-refs' || key.kind === 'tree';
}

/** The others may keep us waiting for minutes; they are judged at the end, and nothing depends on them before. */
function shapesQuestion({ kind }: EvidenceKey): boolean {
  return kind === 'sums' || kind === 'measurements' || kind === 'host';
}

function without(scope: Scope, absent: readonly string[]): Scope {
  return { ...scope, components: scope.components.filter(({ component }) => !absent.includes(component)) };
}
