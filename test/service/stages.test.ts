import { expect, it } from 'vitest';
import { ALL_STEPS } from '../../src/domain/stage.ts';
import { Evidence } from '../../src/domain/evidence.ts';
import { createRunStore } from '../../src/store/runs.ts';
import { verdictOf } from '../support/records.ts';
import { electionAt, HOUR, type Timeline } from './timeline.ts';
import { deadline, NO_REMINDERS, SLOW, TimelineRig } from './timeline-rig.ts';
import { stepsTaken } from './steps.ts';

const rig = new TimelineRig();

/** The runs of the service in a world where much goes wrong. */
async function lived(): Promise<Timeline> {
  const timeline = await rig.begin(
    [
      electionAt(0, '200', { lastsHours: 12, behaviour: 'differs-once' }),
      electionAt(0, '201', { lastsHours: 12, behaviour: 'mismatch' }),
      electionAt(0, '202', { lastsHours: 12, behaviour: 'withheld', appearsAt: deadline(2.5) }),
      electionAt(0, '203', { action: { kind: 'retire-only', component: 'guestos', retires: ['a'.repeat(40)] } }),
    ],
    { ...NO_REMINDERS, paces: SLOW, buildSeconds: 600 },
  );
  timeline.outside.isDown = (host, now) => {
    const hour = (now / 1000 - deadline(0)) / HOUR;
    // First what is published, and later what people vote on, is out of reach.
    return host === 'governance' ? hour > 1 && hour < 2 : host === 'cdn' && hour < 0.5;
  };
  await timeline.until(4);
  return timeline;
}

it('a run takes only the steps of the state machine, and each of them somewhere', async () => {
  const { running } = await lived();
  const { database } = running;
  const byHand = createRunStore(database, () => rig.timeline.clock.now(), 'NOT MAINNET: test');
  const run = await byHand.start({ mode: 'commit', proposal: null, proposalId: null, commit: null });
  await byHand.judged(run, verdictOf('verified'), new Evidence());
  const taken = new Set((await stepsTaken(database)).map((step) => step.join(' to ')));
  expect([...taken].sort()).toEqual(ALL_STEPS.map((step) => step.join(' to ')).sort());
});
