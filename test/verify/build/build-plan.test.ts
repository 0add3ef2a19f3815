import { describe, expect, it } from 'vitest';
import { planBuild } from '../../../src/verify/build/build-plan.ts';

const buildScript = 'ci/container/build-ic.sh';
const containerRun = 'ci/container/container-run.sh';
const DIRECT = { command: ['./ci/container/build-ic.sh', '--icos'], through: 'build-script' };
const WRAPPED = {
  command: ['./ci/container/container-run.sh', './ci/container/build-ic.sh', '--icos'],
  through: 'container-run',
};
const drop = 'exec "$ROOT_DIR"/ci/container/container-run.sh bash "$0" "$@"\nfi\n';

/** How each generation upstream decides whether it has to enter the container, in its own words. */
describe('the command that builds a release', () => {
  it.each([
    [
      '2024-09, a marker file and the container in a second step',
      'is_inside() {\n [ -e /home/ubuntu/.DFINITY-TAG ] && ([ -e /.dockerenv ] || [ -e /run/.containerenv ])\n}\n"$ROOT_DIR"/ci/container/container-run.sh bash -c "$BUILD_CMD"\n',
    ],
    [
      '2025, a marker file',
      `if ! ([ -e /home/ubuntu/.DFINITY-TAG ] && ([ -e /.dockerenv ] || [ -n "\${CI_JOB_NAME:-}" ])); then\n${drop}`,
    ],
    ['since 2026-01, a variable alone', `if [ "\${DFINITY_CONTAINER:-}" != true ]; then\n${drop}`],
    [
      'a variable, and a warning about the host in another condition',
      `if [ "\${DFINITY_CONTAINER:-}" != true ]; then\n if [ -e /.dockerenv ]; then echo nested; fi\n${drop}`,
    ],
  ])('is the script where it enters the container by itself: %s', (_generation, scriptText) => {
    expect(planBuild({ buildScript, containerRun, scriptText })).toEqual(DIRECT);
  });

  it.each([
    [
      '@0133a615',
      `if [ "\${DFINITY_CONTAINER:-}" != true ] && \\\n   ( [ -e /.dockerenv ] || [ -e /run/.containerenv ] || [ -n "\${CI_JOB_NAME:-}" ] ); then\n${drop}`,
    ],
    [
      'the same in braces',
      `if [ "\${DFINITY_CONTAINER:-}" != true ] &&\n  { [ -e /.dockerenv ] || [ -e /x ]; }; then\n${drop}`,
    ],
    [
      'the same in double brackets',
      `if [[ "$DFINITY_CONTAINER" != "true" ]] && ([[ -f /run/.containerenv ]]); then\n${drop}`,
    ],
  ])('goes through the container where it would run bazel on the bare host: %s', (_generation, scriptText) => {
    expect(planBuild({ buildScript, containerRun, scriptText })).toEqual(WRAPPED);
  });

  it('goes through the container for a script that knows nothing of it, or only in a comment', () => {
    expect(planBuild({ buildScript, containerRun, scriptText: 'bazel build //...\n' })).toEqual(WRAPPED);
    expect(planBuild({ buildScript, containerRun, scriptText: '# see container-run.sh\nbazel\n' })).toEqual(WRAPPED);
  });

  it('is the script where the tree has no container-run.sh', () => {
    expect(planBuild({ buildScript, containerRun: null, scriptText: 'make\n' })).toEqual(DIRECT);
  });
});
