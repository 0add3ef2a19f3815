import type { BuildRoom } from '../domain/retry-schedule.ts';
import { nextBuildAt } from '../domain/retry-schedule.ts';
import type { Component } from '../domain/component.ts';
import { evidenceKey, type Evidence } from '../domain/evidence.ts';
import { courseOf } from '../domain/failed-build.ts';
import type { CommitId } from '../domain/ids.ts';
import type { BuildOutcome } from '../domain/ports.ts';
import type { Proposal } from '../domain/proposal.ts';
import { decodeBuildOutcome } from './build-outcome-codec.ts';

/** The build that judges, and the one that confirms. */
const ATTEMPTS = [1, 2];

/** How the builds of one commit failed so far, whoever asked for them: their tries have a budget of their own. */
export class BuildTries {
  /** What the proposal elects: a build that leaves this out has failed. */
  readonly asked: readonly Component[];
  readonly #commit: CommitId | null;
  /** When each failed, UTC milliseconds: no two builds of a commit end at once. */
  readonly #failedAt = new Set<number>();

  constructor({ action }: Proposal, ended: readonly unknown[]) {
    this.asked = 'version' in action ? [action.version.component] : [];
    this.#commit = 'version' in action ? action.version.commit : null;
    for (const result of ended) {
      const outcome = decodeBuildOutcome(result);
      if (outcome) this.#count(outcome);
    }
  }

  /** Also what the run itself saw. */
  failed(evidence: Evidence | null = null): readonly number[] {
    if (evidence && this.#commit) this.#look(evidence, this.#commit);
    return [...this.#failedAt].map((ms) => Math.floor(ms / 1000));
  }

  /** Whether the time of another try has come. */
  mayBuild(nowMs: number, room: Omit<BuildRoom, 'failedBuilds'>): boolean {
    const at = nextBuildAt({ ...room, failedBuilds: this.failed() });
    return at !== null && nowMs >= at * 1000;
  }

  #look(evidence: Evidence, commit: CommitId): void {
    for (const attempt of ATTEMPTS) {
      const build = evidence.get(evidenceKey.build(commit, attempt));
      if (!build) continue;
      const images = this.asked.flatMap((component) => {
        const image = evidence.get(evidenceKey.localImage(commit, attempt, component));
        return image ? [[component, image] as const] : [];
      });
      this.#count({ build, images: new Map(images) });
    }
  }

  #count(outcome: Pick<BuildOutcome, 'build' | 'images'>): void {
    if (courseOf(outcome, this.asked) === 'failed') this.#failedAt.add(outcome.build.observedAt);
  }
}
