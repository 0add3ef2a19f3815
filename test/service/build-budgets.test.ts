import { describe, expect, it } from 'vitest';
import type { ProposalId } from '../../src/domain/ids.ts';
import { requeue } from '../../src/store/operator-actions.ts';
import type { SimElection } from './outside.ts';
import { BEGIN, electionAt, HOUR } from './timeline.ts';
import { between, deadline, NO_REMINDERS, SLOW, TimelineRig } from './timeline-rig.ts';

/** How often a commit is built whose builds fail, whatever else kept its verdict back. */
const rig = new TimelineRig();
const BUILD_SECONDS = 600;

/** When builds of 200 began, in hours, and what was told as final. */
async function builds(election: SimElection, hours: number, isDown: (hour: number) => boolean = () => false) {
  const begun: number[] = [];
  const { outside, running } = await rig.begin([election], {
    ...NO_REMINDERS,
    paces: { ...SLOW, verify: 60, build: 60 },
    buildSeconds: BUILD_SECONDS,
    noted: (what, { commit }) => {
      if (what === 'begins' && commit === election.commit) begun.push((rig.timeline.clock.now() / 1000 - BEGIN) / HOUR);
    },
  });
  outside.isDown = (host, now) => host !== 'governance' && isDown((now / 1000 - BEGIN) / HOUR);
  await rig.timeline.until(hours);
  const rows = await running.database.db.selectFrom('verdicts').selectAll().orderBy('decided_at_ms').execute();
  return { begun, verdicts: rows.map(({ reason, final }) => `${reason ?? ''}${final ? ' final' : ''}`) };
}

/** Three times soon after each other, and once more as late as a run may begin. */
function expectWholeBudget(begun: readonly number[], from: number, last: number): void {
  expect(begun).toHaveLength(4);
  begun.slice(0, 3).forEach((hour) => between(hour, from, from + 1.5));
  between(begun[3]!, last, last + 0.2);
}

/** Where nothing was timed, a run is taken to need two hours, and a quarter more. */
const UNTIMED = 2.5;

describe('the tries of a build that fails', () => {
  it('are all left after a long outage, and the last one is made just before voting closes', async () => {
    const lasting = electionAt(0, '200', { lastsHours: 8, behaviour: 'build-fails' });
    const { begun, verdicts } = await builds(lasting, 6.5, (hour) => hour < 3);
    expect(verdicts.filter((each) => each.startsWith('unreachable')).length).toBeGreaterThanOrEqual(3);
    expectWholeBudget(begun, 3, 8 - UNTIMED);
    expect(verdicts.filter((each) => each.endsWith('final'))).toEqual(['build-failed final']);
  });

  it('are all left after a long time of withheld source', async () => {
    const withheld = electionAt(0, '200', { lastsHours: 16, behaviour: 'build-fails', appearsAt: deadline(10) });
    const { begun, verdicts } = await builds(withheld, 14.5);
    expect(verdicts.filter((each) => each.startsWith('source-withheld')).length).toBeGreaterThan(8);
    expectWholeBudget(begun, 10, 16 - UNTIMED);
  });

  it('are as many where it says success and leaves out the file, and begin anew by hand', async () => {
    const leaving = electionAt(0, '200', { lastsHours: 4, behaviour: 'leaves-out' });
    const { begun, verdicts } = await builds(leaving, 3.99);
    expectWholeBudget(begun, 0, 4 - (1.25 * BUILD_SECONDS) / HOUR - 0.05);
    expect(verdicts.at(-1)).toBe('build-failed final');
    expect(await requeue(rig.timeline.running.database, '200' as ProposalId, false)).toBe('enqueued');
    await rig.timeline.until(4.1);
    expect(begun).toHaveLength(5);
  });
});
