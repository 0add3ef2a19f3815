import { describe, expect, it } from 'vitest';
import { canaryRound, type CanaryDeps } from '../../src/service/canary-worker.ts';
import type { judge } from '../../src/verify/judge.ts';
import { logOf } from './rig.ts';
import { electionAt } from './timeline.ts';
import { NO_REMINDERS, SLOW, TimelineRig } from './timeline-rig.ts';

const rig = new TimelineRig();
const SETTINGS = { ...NO_REMINDERS, paces: { ...SLOW, 'after-vote': 7200, canary: 600 } };
const signal = new AbortController().signal;

/** One round by hand, on the database of the story. */
async function round(changes: Partial<CanaryDeps> = {}): Promise<void> {
  const { running, outside, clock, rig: facts } = rig.timeline;
  const deps: CanaryDeps = {
    store: running.store,
    collectors: outside.collectors,
    mirrors: ['systems', 'network'],
    cacheDir: facts.directory,
    clock: { now: () => clock.now() },
    log: logOf(facts),
    network: 'NOT MAINNET: test',
    notifiers: ['bot', 'hook'],
    now: () => clock.now(),
    ...changes,
  };
  await clock.outside(canaryRound(deps, true, signal));
}
const last = async () => (await rig.timeline.running.store.canaries.newest()).last;
const canaryNews = () => rig.timeline.hook.of('trouble').filter(({ sentence }) => sentence.includes('canary'));

describe('the canary', () => {
  it('judges the newest verified election as verified and two alterations as mismatches, and tells nothing', async () => {
    const { hook } = await rig.begin([electionAt(0.2, '200', { lastsHours: 20 })], SETTINGS);
    await rig.timeline.until(3);
    const run = await last();
    expect(run).toMatchObject({ proposalId: '200', state: 'right' });
    expect(run?.cases.map(({ name, outcome }) => [name, outcome])).toEqual([
      ['as-verified', 'verified'],
      ['hash-altered', 'mismatch'],
      ['byte-altered', 'mismatch'],
    ]);
    expect(canaryNews()).toEqual([]);
    expect(hook.of('verdict')).toHaveLength(1);
    expect((await rig.timeline.running.store.states.one(run!.proposalId))?.verdict?.verdict.outcome).toBe('verified');
  });

  it('with a judge that compares nothing is an incident, until one is right again', async () => {
    await rig.begin([electionAt(0.2, '200', { lastsHours: 20 })], SETTINGS);
    await rig.timeline.until(2);
    const verifiesAll = ((): ReturnType<typeof judge> => ({
      outcome: 'verified',
      reason: null,
      reasons: [],
      confirmed: null,
      headline: 'VERIFIED',
      results: [],
      findings: [],
      caveats: [],
    })) satisfies typeof judge;
    await round({ judge: verifiesAll });
    await rig.timeline.until(2.5);
    expect((await last())?.state).toBe('wrong');
    expect(canaryNews().map(({ sentence }) => sentence)).toEqual([
      expect.stringContaining('one digit of the expected hash altered is verified, and must be mismatch'),
    ]);
    await round();
    await rig.timeline.until(3);
    expect(canaryNews()).toHaveLength(2);
    expect(canaryNews()[1]!.sentence).toMatch(/^Over/);
  });
});
