/** What the checkout shows of how it wants to be built. */
export interface BuildInputs {
  readonly buildScript: string;
  readonly containerRun: string | null;
  /** The build script's text: a stranger's, read but never run by us outside the isolation. */
  readonly scriptText: string;
}

export interface BuildPlan {
  /** Run in the checkout. */
  readonly command: readonly [string, ...string[]];
  readonly through: 'build-script' | 'container-run';
}

/**
 * `DFINITY_CONTAINER != true` *and* some mark of a container: this generation enters the project's container only from
 * within another one, and on a bare host would run bazel on that host.
 * @see https://github.com/dfinity/ic/blob/0133a615e4f458fada8f29316b599a0de16553c0/ci/container/build-ic.sh
 */
const ENTERS_FROM_CONTAINERS_ONLY =
  /DFINITY_CONTAINER[^\n]{0,20}!=\s*"?true"?\s*\]{1,2}[\s\\]*&&[\s\\]*[({]\s*\[{1,2}\s*-[ef]\s+\/(?:\.dockerenv|run\/\.containerenv)/;

/**
 * The one command that builds the release. Every generation but one enters the project's container by itself when it
 * finds itself outside (`.DFINITY-TAG` missing, or `DFINITY_CONTAINER` unset); for that one, and for a script that
 * knows nothing of the container, we enter it first. Inside it, all of them build directly.
 */
export function planBuild({ buildScript, containerRun, scriptText }: BuildInputs): BuildPlan {
  const code = scriptText.replace(/(^|\s)#[^\n]*/g, '$1');
  const entersItself = /container-run\.sh/.test(code) && !ENTERS_FROM_CONTAINERS_ONLY.test(code);
  if (containerRun === null || entersItself) {
    return { command: [`./${buildScript}`, '--icos'], through: 'build-script' };
  }
  return { command: [`./${containerRun}`, `./${buildScript}`, '--icos'], through: 'container-run' };
}
