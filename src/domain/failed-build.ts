import { componentFacts, type Component } from './component.ts';
import type { TreeFacts } from './evidence.ts';
import type { BuildOutcome } from './ports.ts';
import type { Proposal } from './proposal.ts';

/** What the build of an elected version must give to be of use. */
export interface AskedOfBuild {
  /** null: nothing is elected. */
  readonly component: Component | null;
  /** Its launch measurements too. */
  readonly measurements: boolean;
}

/** `tree`: what the source says of itself, as far as it is known. */
export function askedOfBuild(
  { action }: Pick<Proposal, 'action'>,
  tree: Pick<TreeFacts, 'hasMeasurements'> | null,
): AskedOfBuild {
  if (!('version' in action)) return { component: null, measurements: false };
  const { component, launchMeasurements } = action.version;
  const inRelease = launchMeasurements !== null || tree?.hasMeasurements === true;
  return { component, measurements: componentFacts(component).hasMeasurements && inRelease };
}

/**
 * What a build came to, for all who ask whether to build again: `gave` what was asked for; `failed` by itself, in a way
 * that its budget of tries counts, also where it said success and left out a file that was asked for; `kept` from
 * building, which says nothing about the source and costs nothing to try again.
 */
export type BuildCourse = 'gave' | 'failed' | 'kept';

export function courseOf({ build, images, measurements }: BuildOutcome, asked: AskedOfBuild): BuildCourse {
  if (build.status === 'observed') {
    const image = asked.component === null || images.get(asked.component)?.status === 'observed';
    const readable = measurements.status === 'observed' && measurements.value.entries !== null;
    return image && (readable || !asked.measurements) ? 'gave' : 'failed';
  }
  // A build with a log has run: what it says of this machine is its own word, and must not buy it endless tries.
  const hasRun = build.code === 'host-unfit' && build.file !== undefined;
  return KEPT.has(build.code) && !hasRun ? 'kept' : 'failed';
}

/** The machine, the source that could not be read, or whoever stopped it. */
const KEPT: ReadonlySet<string> = new Set(['host-unfit', 'not-built', 'interrupted']);
