import type { Component } from './component.ts';
import type { BuildOutcome } from './ports.ts';

/**
 * What a build came to, for all who ask whether to build again: `gave` files; `failed` by itself, in a way that its
 * budget of tries counts, also where it said success and left out a file that was asked for; `kept` from building, which
 * says nothing about the source and costs nothing to try again.
 */
export type BuildCourse = 'gave' | 'failed' | 'kept';

export function courseOf(
  { build, images }: Pick<BuildOutcome, 'build' | 'images'>,
  asked: readonly Component[],
): BuildCourse {
  if (build.status === 'observed') {
    return asked.every((component) => images.get(component)?.status === 'observed') ? 'gave' : 'failed';
  }
  // A build with a log has run: what it says of this machine is its own word, and must not buy it endless tries.
  const hasRun = build.code === 'host-unfit' && build.file !== undefined;
  return KEPT.has(build.code) && !hasRun ? 'kept' : 'failed';
}

/** The machine, the source that could not be read, or whoever stopped it. */
const KEPT: ReadonlySet<string> = new Set(['host-unfit', 'not-built', 'interrupted']);
