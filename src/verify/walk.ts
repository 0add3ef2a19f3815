import { mirrorUrl } from '../domain/artifact.ts';
import type { Scope, Subject } from '../domain/check.ts';
import { evidenceKey, keyText, type EvidenceKey, type Observation } from '../domain/evidence.ts';
import type { CommitId } from '../domain/ids.ts';
import type { Verdict } from '../domain/verdict.ts';
import { buildAttempt, gateIsOpen } from './attempts.ts';
import { Collection } from './collection.ts';
import type { Journal } from './journal.ts';
import { judge } from './judge.ts';
import { Meanwhile } from './meanwhile.ts';
import { absentOnCdn, blockerOf, boundEvidence } from './plan.ts';
import { ask, type Asked } from './question.ts';
import { needsNoMeasuring } from './rules/recomputed-measurements.ts';
import type { VerifyDeps, VerifyInput } from './verification.ts';

/** How long an image waits for what its own host says of it before it is fetched all the same. */
const GRACE_MS = 5000;

/**
 * One run from its first look to the last. Whatever arrives is judged with all that is there, and starts whatever waits
 * for it and for nothing else: no look, no build and no word stands behind something that it does not need.
 */
export class Walk {
  readonly #subject: Subject;
  readonly #commit: CommitId | null;
  readonly #input: VerifyInput;
  readonly #deps: VerifyDeps;
  readonly #journal: Journal;
  readonly #collection: Collection;
  readonly #meanwhile: Meanwhile;
  readonly #over = Promise.withResolvers<null>();
  readonly #closed = new AbortController();
  #asked: Asked;
  #impatient = false;
  /** Attempts at building that were begun, and whether one goes on. */
  #attempts = 0;
  #building = false;
  /** Whether a second build has room: asked once. */
  #confirming: 'not asked' | 'asking' | 'answered' = 'not asked';

  constructor(subject: Subject, commit: CommitId | null, input: VerifyInput, deps: VerifyDeps, journal: Journal) {
    [this.#subject, this.#commit, this.#input, this.#deps, this.#journal] = [subject, commit, input, deps, journal];
    const { evidence } = journal;
    this.#asked = ask(subject, input, evidence);
    const record = async (key: EvidenceKey, observation: Observation<unknown>): Promise<void> => {
      await journal.record(key, observation);
      this.#step();
    };
    this.#collection = new Collection({ ...deps, evidence, commit, record });
    this.#meanwhile = new Meanwhile({
      electedFirst: input.electedFirst ?? false,
      revise: (verdict, judgedFrom) => journal.revise(verdict, judgedFrom),
      later: (ms, then) => this.#later(ms, then),
      failed: (thrown) => this.#over.reject(thrown),
    });
  }

  /** The last verdict, and the question that it answers. */
  async toItsEnd(): Promise<{ readonly scope: Scope; readonly verdict: Verdict }> {
    this.#journal.enter('collecting', 'Collecting what was published.');
    this.#later(GRACE_MS, () => (this.#impatient = true));
    try {
      this.#step();
      await this.#over.promise;
      await this.#meanwhile.written();
    } finally {
      this.#closed.abort();
    }
    this.#journal.enter('judging', 'Comparing.');
    return { scope: this.#asked.scope, verdict: this.#judge() };
  }

  /** Looks what follows from what is there by now. */
  #step(): void {
    if (this.#closed.signal.aborted) return;
    this.#asked = ask(this.#subject, this.#input, this.#journal.evidence);
    const waiting = this.#waiting();
    for (const key of waiting) if (this.#mayStart(key)) this.#background(this.#collection.observe(key));
    if (this.#mayBuild()) this.#build('The commit is on an official branch or tag: its build may start.');
    const verdict = this.#judge();
    this.#confirm(verdict);
    const building = this.#isBuilding();
    if (waiting.length > 0 || building) {
      this.#see(verdict, waiting, building);
    } else if (this.#confirming !== 'asking') this.#over.resolve(null);
  }

  #see(verdict: Verdict, waiting: readonly EvidenceKey[], building: boolean): void {
    const { scope, plan } = this.#asked;
    const bound = new Set(boundEvidence(scope, plan).map(keyText));
    this.#meanwhile.see({
      verdict,
      evidence: this.#journal.evidence,
      waiting,
      bound: waiting.some((key) => bound.has(keyText(key))),
      building,
    });
  }

  #judge(): Verdict {
    const { plan } = this.#asked;
    const scope: Scope = { ...this.#asked.scope, buildIsOutstanding: this.#isBuilding() };
    const { evidence } = this.#journal;
    const blocker = blockerOf(this.#subject);
    const { earlier = null } = this.#input;
    return judge({ scope, planned: plan.cells, skipped: plan.skipped, evidence, blocker, earlier });
  }

  /** What was not seen yet. The source of a commit that is not the project's own is never fetched. */
  #waiting(): readonly EvidenceKey[] {
    const isShut = this.#refsAreKnown() && !gateIsOpen(this.#asked.scope, this.#asked.plan, this.#journal.evidence);
    return this.#asked.plan.evidence.filter(
      (key) =>
        !this.#journal.evidence.get(key) &&
        !(isShut && key.kind === 'tree') &&
        !(key.kind === 'measured' && needsNoMeasuring(this.#asked.scope, key.subject, this.#journal.evidence)),
    );
  }

  #mayStart(key: EvidenceKey): boolean {
    if (key.kind === 'tree') return this.#refsAreKnown();
    // What is read out of an image never begins its download.
    if (key.kind === 'measured') return this.#journal.evidence.get(evidenceKey.image(key.subject)) !== undefined;
    return key.kind !== 'image' || this.#mayFetch(key.subject);
  }

  /**
   * Images of the proposal's own URLs at once. The others once the list beside them is there, or does not come: what a
   * host does not list it may not have, and whether the release has it at all, the tree says.
   */
  #mayFetch(url: string): boolean {
    const { scope } = this.#asked;
    const { evidence } = this.#journal;
    const payload: readonly string[] =
      this.#subject.mode === 'proposal' ? (this.#subject.version?.packageUrls ?? []) : [];
    const { commit } = scope;
    if (payload.includes(url) || commit === null) return true;
    for (const { component } of scope.components) {
      for (const mirror of scope.mirrors) {
        if (mirrorUrl(mirror, commit, component, 'image') !== url) continue;
        const sums = evidence.get(evidenceKey.sums(mirrorUrl(mirror, commit, component, 'checksums')));
        const isDoubtful = absentOnCdn(scope, evidence).includes(component) || sums?.status === 'unavailable';
        return isDoubtful ? this.#treeIsKnown() || this.#impatient : sums !== undefined || this.#impatient;
      }
    }
    return true;
  }

  #refsAreKnown(): boolean {
    return this.#commit === null || this.#journal.evidence.get(evidenceKey.commitRefs(this.#commit)) !== undefined;
  }

  #treeIsKnown(): boolean {
    return this.#commit === null || this.#journal.evidence.get(evidenceKey.tree(this.#commit)) !== undefined;
  }

  #mayBuild(): boolean {
    const { scope, plan } = this.#asked;
    if (this.#attempts > 0 || this.#commit === null || !plan.build || !this.#refsAreKnown()) return false;
    if (!gateIsOpen(scope, plan, this.#journal.evidence)) return true;
    return this.#treeIsKnown() && this.#journal.evidence.get(evidenceKey.host()) !== undefined;
  }

  #isBuilding(): boolean {
    return this.#building || (this.#attempts === 0 && this.#commit !== null && this.#asked.plan.build !== null);
  }

  #build(sentence: string): void {
    const { scope, plan } = this.#asked;
    const { evidence } = this.#journal;
    const { build: wanted, keep } = this.#input;
    this.#attempts += 1;
    this.#building = true;
    this.#journal.enter('building', sentence);
    // The outputs of one build are judged together.
    const record = (key: EvidenceKey, seen: Observation<unknown>): Promise<void> => this.#journal.record(key, seen);
    const built = buildAttempt(scope, plan, this.#attempts, { ...this.#deps, evidence, record, wanted, keep });
    this.#background(
      built.then(() => {
        this.#building = false;
        this.#step();
      }),
    );
  }

  /** Only the local build differs: a second one begins as soon as the first is over, whatever still arrives. */
  #confirm({ confirmed }: Verdict): void {
    if (!this.#input.confirm || this.#confirming !== 'not asked') return;
    if (this.#attempts !== 1 || this.#building || confirmed !== false) return;
    this.#confirming = 'asking';
    const asked = this.#deps.mayConfirm?.() ?? Promise.resolve(true);
    this.#background(
      asked.then((may) => {
        this.#confirming = 'answered';
        if (may) this.#build('Only the local build differs: building a second time, clean.');
        this.#step();
      }),
    );
  }

  #later(ms: number, then: () => void): void {
    const woken = this.#deps.sleep(ms, this.#closed.signal).then(() => {
      then();
      this.#step();
    });
    this.#background(woken);
  }

  /** What fails in it ends the run: it is our own storage, or a bug. */
  #background(work: Promise<unknown>): void {
    work.catch((thrown: unknown) => this.#over.reject(thrown));
  }
}
