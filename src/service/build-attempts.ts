import type { BuildRoom } from '../domain/retry-schedule.ts';
import { nextBuildAt } from '../domain/retry-schedule.ts';
import { evidenceKey, type Evidence, type TreeFacts } from '../domain/evidence.ts';
import { askedOfBuild, courseOf, type BuildCourse } from '../domain/failed-build.ts';
import type { CommitId } from '../domain/ids.ts';
import type { BuildOutcome } from '../domain/ports.ts';
import type { Proposal } from '../domain/proposal.ts';
import { decodeBuildOutcome } from './build-outcome-codec.ts';

/** The build that judges, and the one that confirms. */
const ATTEMPTS = [1, 2];

/** How the builds of one commit failed so far, whoever asked for them: their tries have a budget of their own. */
export class BuildTries {
  readonly #proposal: Proposal;
  readonly #commit: CommitId | null;
  readonly #ended: readonly BuildOutcome[];

  constructor(proposal: Proposal, ended: readonly unknown[]) {
    const { action } = proposal;
    this.#proposal = proposal;
    this.#commit = 'version' in action ? action.version.commit : null;
    this.#ended = ended.map(decodeBuildOutcome).filter((outcome) => outcome !== null);
  }

  /** What a build came to for this proposal. */
  courseOf(outcome: BuildOutcome, tree: TreeFacts | null): BuildCourse {
    return courseOf(outcome, askedOfBuild(this.#proposal, tree));
  }

  /** When each failed, UTC seconds; also what the run itself saw. */
  failed(evidence: Evidence): readonly number[] {
    const seen = this.#commit ? evidence.get(evidenceKey.tree(this.#commit)) : undefined;
    const tree = seen?.status === 'observed' ? seen.value : null;
    return this.#failures([...this.#ended, ...this.#builds(evidence)], tree);
  }

  /** Whether the time of another try has come. */
  mayBuild(tree: TreeFacts, nowMs: number, room: Omit<BuildRoom, 'failedBuilds'>): boolean {
    const at = nextBuildAt({ ...room, failedBuilds: this.#failures(this.#ended, tree) });
    return at !== null && nowMs >= at * 1000;
  }

  /** No two builds of a commit end at once. */
  #failures(outcomes: readonly BuildOutcome[], tree: TreeFacts | null): readonly number[] {
    const failed = outcomes.filter((outcome) => this.courseOf(outcome, tree) === 'failed');
    return [...new Set(failed.map(({ build }) => build.observedAt))].map((ms) => Math.floor(ms / 1000));
  }

  #builds(evidence: Evidence): readonly BuildOutcome[] {
    const commit = this.#commit;
    if (commit === null) return [];
    const { component } = askedOfBuild(this.#proposal, null);
    return ATTEMPTS.flatMap((attempt) => {
      const build = evidence.get(evidenceKey.build(commit, attempt));
      const image = component && evidence.get(evidenceKey.localImage(commit, attempt, component));
      const measurements = evidence.get(evidenceKey.localMeasurements(commit, attempt));
      if (!build || !measurements) return [];
      return [{ build, images: new Map(component && image ? [[component, image] as const] : []), measurements }];
    });
  }
}
