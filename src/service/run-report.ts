import { verdictDocument, type VerdictDocument } from '../domain/verdict-document.ts';
import { evidenceKey, type Evidence } from '../domain/evidence.ts';
import { nextAttempt, type NextAttempt, type PastRun } from '../domain/retry-schedule.ts';
import { proposalNotice, verdictNotice, type NewsContext, type VerdictNews } from '../domain/notices.ts';
import type { Notice, Standing } from '../domain/notice.ts';
import type { ProposalId } from '../domain/ids.ts';
import type { Progress } from '../domain/ports.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Conclusion, ElectionState } from '../domain/service-ports.ts';
import { estimate, leftText } from '../domain/reminders.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { BuildTries } from './build-attempts.ts';

export interface ReportFacts {
  readonly state: ElectionState;
  /** Earlier runs of this proposal that came to a verdict, newest first. */
  readonly earlier: readonly PastRun[];
  readonly tries: BuildTries;
  readonly pastRuns: readonly number[];
  readonly network: string;
  readonly toolVersion: string;
  readonly notifiers: readonly string[];
  /** UTC milliseconds. */
  readonly now: () => number;
}

type Stage = 'collecting' | 'building' | 'judging';

/** What one run of the service says while it goes on and when it ends: standings, notices, the verdict's telling. */
export class RunReport {
  readonly #facts: ReportFacts;
  readonly #startedAt: number;
  readonly #seconds: Record<Stage, number> = { collecting: 0, building: 0, judging: 0 };
  #stage: Stage = 'collecting';
  #since: number;
  #buildSeconds: number | null = null;
  /** Why a build that went on waits again. */
  #waits: string | null = null;
  #previous: VerdictNews['previous'];
  #document: VerdictDocument | null;
  #next: NextAttempt | null = null;

  constructor(facts: ReportFacts) {
    this.#facts = facts;
    this.#startedAt = facts.now();
    this.#since = this.#startedAt;
    const told = facts.state.verdict;
    this.#previous = told?.notice ? told : null;
    this.#document = told?.notice?.verdict ?? null;
  }

  /** What follows from the newest verdict of this run; null: there is none yet. */
  get next(): NextAttempt | null {
    return this.#next;
  }

  /** Once there is a verdict, looking again is no news; building again is. */
  get isNews(): boolean {
    return this.#previous === null || (this.#stage === 'building' && this.#buildSeconds !== null);
  }

  see(progress: Progress): void {
    if (progress.type === 'build') [this.#buildSeconds, this.#waits] = [progress.seconds, null];
    if (progress.type === 'build-waits') [this.#buildSeconds, this.#waits] = [null, progress.why];
    if (progress.type !== 'stage') return;
    this.#waits = null;
    const now = this.#facts.now();
    this.#seconds[this.#stage] += (now - this.#since) / 1000;
    this.#since = now;
    if (progress.stage !== 'building') this.#buildSeconds = null;
    this.#stage = progress.stage;
  }

  standing(): Standing {
    const { seconds, guessed } = estimate(this.#facts.pastRuns);
    const now = this.#facts.now();
    const built = this.#stage === 'building' ? this.#buildSeconds : null;
    // A run that waited for its turn takes as long from there.
    const began = built === null ? this.#startedAt / 1000 : now / 1000 - built;
    const end = Math.max(began + seconds, now / 1000 + 60);
    const percent = built === null || guessed ? null : Math.min(99, Math.floor((100 * built) / seconds));
    return { stage: this.#stage, percent, expectedAt: Math.round(end), guessed };
  }

  /** What is beside `standing` in the job's row, where `status` and the estimates read it. */
  said(): Standing & { readonly begun: boolean; readonly waits?: string } {
    const waits = this.#waits;
    return { ...this.standing(), begun: this.hasBegunBuilding, ...(waits === null ? {} : { waits }) };
  }

  /** Whether the build of this run goes on or is over; until then it may have to wait for those of others. */
  get hasBegunBuilding(): boolean {
    return this.#stage === 'judging' || (this.#stage === 'building' && this.#buildSeconds !== null);
  }

  /** Edits the living message; the newest one that waits is the only one that is kept. */
  progressNotice(): Notice {
    const context = this.#context();
    const { id } = this.#facts.state.proposal;
    const key = `proposal ${id} progress ${this.#facts.now()}`;
    const standing = this.standing();
    return this.#notice(context, { type: 'progress', key, sentence: this.#sentence(standing), pings: false, standing });
  }

  /** How a verdict of this run is stored and told. */
  conclude(verdict: Verdict, evidence: Evidence, until?: 'so far'): Conclusion {
    const { state, earlier, notifiers, pastRuns, tries } = this.#facts;
    const now = Math.floor(this.#facts.now() / 1000);
    const proposal = seenProposal(state.proposal, evidence);
    const { deadlineAt } = proposal;
    const next = nextAttempt({
      verdict,
      earlier,
      failedBuilds: tries.failed(evidence),
      now,
      deadlineAt,
      runSeconds: estimate(pastRuns).seconds,
      unread: isUnread(state.proposal.id, evidence),
      unsupported: isUnsupported(proposal, evidence),
    });
    this.#next = next;
    // Whatever it is, the run has not ended.
    const final = until === undefined && next.final;
    const tell = (revision: number): readonly Notice[] => {
      if (until !== undefined && addsNothing(verdict, this.#previous?.verdict ?? null)) return [];
      const document = this.#documentOf(proposal, verdict, evidence, revision);
      const news = { proposal, verdict, document, revision, final, previous: this.#previous };
      const notice = verdictNotice(this.#context(), news);
      if (notice) [this.#previous, this.#document] = [{ verdict, final }, document];
      return notice ? [notice] : [];
    };
    return { verdict, evidence, final, goesOn: until !== undefined, tell, notifiers };
  }

  #documentOf(proposal: Proposal, verdict: Verdict, evidence: Evidence, revision: number): VerdictDocument {
    const { network, toolVersion } = this.#facts;
    const decidedAt = this.#facts.now();
    const seconds = { ...this.#seconds, total: (decidedAt - this.#startedAt) / 1000 };
    const commit = 'version' in proposal.action ? proposal.action.version.commit : null;
    const startedAt = this.#startedAt;
    const told = { network, proposal, commit, verdict, revision, evidence, startedAt, decidedAt, seconds, toolVersion };
    return verdictDocument(told);
  }

  #context(): NewsContext {
    return { network: this.#facts.network, at: Math.floor(this.#facts.now() / 1000) };
  }

  #notice(
    context: NewsContext,
    news: Pick<Notice, 'type' | 'key' | 'sentence' | 'pings'> & { readonly standing: Standing },
  ): Notice {
    const { proposal } = this.#facts.state;
    return proposalNotice(context, { ...news, proposal, verdict: this.#document });
  }

  #sentence({ stage, percent, expectedAt }: Standing): string {
    if (stage === 'collecting') return 'Collecting what was published.';
    if (stage === 'judging') return 'Comparing.';
    if (this.#buildSeconds === null) return this.#waits === null ? 'Waiting for the build.' : waitsText(this.#waits);
    const left = leftText((expectedAt ?? 0) - this.#facts.now() / 1000);
    return percent === null
      ? `Building for ${leftText(this.#buildSeconds)}; no build was timed here yet.`
      : `Building: ${percent} %, about ${left} left.`;
  }
}

const waitsText = (why: string): string => `The build was broken off and waits for its turn: ${why}.`;

/** A run that goes on is heard when it contradicts what was told, or what it says is worse; the rest waits for its end. */
function addsNothing(verdict: Verdict, told: Verdict | null): boolean {
  if (told?.outcome !== verdict.outcome) return false;
  const known = new Set(mismatches(told));
  return !(told.confirmed === false && verdict.confirmed) && mismatches(verdict).every((cell) => known.has(cell));
}

function mismatches({ results }: Verdict): readonly string[] {
  return results
    .filter(({ outcome, tier }) => outcome === 'mismatch' && tier !== 'advisory')
    .map(({ check, component }) => `${check}/${component ?? ''}`);
}

/** What our own limits kept us from reading is as little known as what was out of reach. */
function isUnread(id: ProposalId, evidence: Evidence): boolean {
  const read = evidence.get(evidenceKey.proposal(id));
  if (read?.status !== 'observed') return true;
  const { action } = read.value;
  return action.kind === 'undecodable' && action.code === 'payload-too-expensive';
}

function isUnsupported({ action }: Proposal, evidence: Evidence): boolean {
  const tree = 'version' in action ? evidence.get(evidenceKey.tree(action.version.commit)) : undefined;
  return tree?.status === 'observed' && tree.value.buildScript === null;
}

/** As the run itself read it, certified; the newest snapshot where it could not. */
function seenProposal(known: Proposal, evidence: Evidence): Proposal {
  const read = evidence.get(evidenceKey.proposal(known.id));
  return read?.status === 'observed' ? read.value : known;
}
