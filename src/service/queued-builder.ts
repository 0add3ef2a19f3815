import type { Builder, BuildOutcome, BuildRequest, OnProgress } from '../domain/ports.ts';
import type { BuildJob, WorkQueue } from '../domain/service-ports.ts';
import { unavailable, type TreeFacts, type Unavailable } from '../domain/evidence.ts';
import type { BuildCourse } from '../domain/failed-build.ts';
import { plainText } from '../domain/text.ts';
import type { Clock } from '../platform/clock.ts';
import { decodeBuildOutcome } from './build-outcome-codec.ts';

export interface QueueBuilderDeps {
  readonly queue: WorkQueue;
  readonly clock: Clock;
  /** How often the job is looked at. */
  readonly pollMs: number;
  /**
   * UTC milliseconds. A build that failed before was judged already and is worth another try; one that gave files is
   * used again whenever it was.
   */
  readonly failuresSince: number;
  /** What a build came to for whoever asks: one that left out what he needs has failed. */
  readonly courseOf: (outcome: BuildOutcome, tree: TreeFacts) => BuildCourse;
  /** Whether the time of another try has come, where builds of this commit failed. */
  readonly mayRebuild: (tree: TreeFacts) => boolean;
}

/** Has a commit built by whatever builder takes the job; what was built already is not built again. */
export function createQueueBuilder(deps: QueueBuilderDeps): Builder {
  return {
    build: async (request, signal, progress) => {
      let [asked, goesOn] = [false, false];
      while (!signal.aborted) {
        const job = await deps.queue.look('build', jobKey(request));
        const outcome = job?.state === 'finished' ? decodeBuildOutcome(job.result) : null;
        if (outcome && isUsable(outcome, request, asked, deps)) return outcome;
        if (job?.state === 'finished' && asked) return failed(request, 'build-failed', UNREADABLE, deps);
        if (job === null || job.state === 'finished') {
          await deps.queue.enqueue({ kind: 'build', key: jobKey(request), input: jobInput(request) }, 0);
          asked = true;
        } else if (job.state === 'held') goesOn = tell(job.progress, progress) || goesOn;
        else if (goesOn) {
          goesOn = false;
          progress({ type: 'build-waits', why: plainText(job.why ?? 'its builder ended', 200) });
        }
        await deps.clock.sleep(deps.pollMs, signal);
      }
      return failed(request, 'interrupted', 'Stopped while the build goes on.', deps);
    },
  };
}

const UNREADABLE = 'The builder gave a result that cannot be read.';

function jobKey({ commit, attempt }: BuildRequest): string {
  return `${commit}#${attempt}`;
}

function jobInput({ commit, attempt }: BuildRequest): BuildJob {
  return { commit, attempt };
}

/** Every component that is asked for must have been looked at, found or not. */
function isUsable(
  outcome: BuildOutcome,
  { components, tree }: BuildRequest,
  isOurs: boolean,
  { failuresSince, courseOf, mayRebuild }: QueueBuilderDeps,
): boolean {
  if (!components.every((component) => outcome.images.has(component))) return false;
  const course = courseOf(outcome, tree);
  if (isOurs || course === 'gave' || outcome.build.observedAt >= failuresSince) return true;
  return course === 'failed' && !mayRebuild(tree);
}

/** What the builder says of a build that goes on: its seconds and its last line. False: nothing yet. */
function tell(said: unknown, progress: OnProgress): boolean {
  const { seconds, lastLine } = (said ?? {}) as { seconds?: unknown; lastLine?: unknown };
  if (typeof seconds !== 'number') return false;
  progress({ type: 'build', seconds, lastLine: typeof lastLine === 'string' ? lastLine : '' });
  return true;
}

function failed(
  { commit, attempt, components }: BuildRequest,
  code: 'build-failed' | 'interrupted',
  detail: string,
  { clock }: QueueBuilderDeps,
): BuildOutcome {
  const source = `build of ${commit}, attempt ${attempt}`;
  const nothing: Unavailable = unavailable('rejected', code, detail, source, clock.now(), false);
  return { build: nothing, images: new Map(components.map((name) => [name, nothing])), measurements: nothing };
}
