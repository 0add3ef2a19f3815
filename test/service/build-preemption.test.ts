import { afterEach, describe, expect, it } from 'vitest';
import type { BuildRequest } from '../../src/domain/ports.ts';
import type { ElectionState, Job } from '../../src/domain/service-ports.ts';
import { BuildPreemption } from '../../src/service/build-preemption.ts';
import { electionProposal } from '../support/records.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { check } from './checker.ts';
import { quietLog } from './quiet-log.ts';
import { BEGIN, commitOf, electionAt, HOUR, hourOf, news, Timeline } from './timeline.ts';

let timeline: Timeline | null = null;
afterEach(async () => {
  await timeline?.end();
  timeline = null;
});

describe('a build that goes on', () => {
  it('gives way to that of an election which would miss its deadline behind it, and is built afterwards', async () => {
    const begun: string[] = [];
    const said: string[] = [];
    const noted = (what: 'begins' | 'ends', { commit }: BuildRequest): void => {
      if (what === 'begins') begun.push(commit);
    };
    timeline = new Timeline(
      [electionAt(0.1, '200'), electionAt(2, '201'), electionAt(2.2, '202', { lastsHours: 1.4 })],
      {
        noted,
        say: (line) => void said.push(line),
        quantumSeconds: 5,
      },
    );
    await timeline.start();
    await timeline.until(2.4);
    const { store } = timeline.running;
    const waits = (await store.states.unfinished()).find(({ proposal }) => proposal.id === '201');
    expect(waits?.job?.progress).toMatchObject({
      begun: false,
      waits: 'it gave way to proposal 202, whose voting closes first',
    });
    await timeline.until(6);
    expect(begun).toEqual(['200', '201', '202', '201'].map(commitOf));
    const verdictOf = (id: string): number =>
      Math.min(
        ...news(timeline!.hook.shown, id)
          .filter(({ type }) => type === 'verdict')
          .map(hourOf),
      );
    expect(verdictOf('202')).toBeLessThan(3.4);
    expect(verdictOf('201')).toBeLessThan(4.4);
    expect(said.filter((line) => line.includes('Build stopped'))).toHaveLength(1);
    const { database } = timeline.running;
    const { outside, chats, rig } = timeline;
    await check({ database, elections: outside.elections, chats, directory: rig.directory, kills: 0 });
  });

  /** One election of which the build goes on, and one that would be late behind it. */
  function preemption(urgent: 'queued' | 'held' | null, fails = false) {
    const clock = new VirtualClock(BEGIN * 1000, 1000);
    const job = { state: 'held', dueAtMs: 0, attempt: 1, why: null } as const;
    const state = (id: string, hours: number, progress: unknown): ElectionState => {
      const { commit, deadlineAt } = electionAt(0, id, { lastsHours: hours });
      const plain = electionProposal({ id: id as never, deadlineAt });
      const { action } = plain;
      if (!('version' in action)) throw new Error('it elects nothing');
      const proposal = { ...plain, action: { ...action, version: { ...action.version, commit } } };
      return { proposal, verdict: null, job: { ...job, progress } };
    };
    const states = {
      unfinished: async () => {
        if (fails) throw new Error('the database is locked');
        return [state('1', 96, { begun: true, expectedAt: BEGIN + HOUR }), state('2', 1.5, null)];
      },
      pastRuns: async () => [HOUR],
    };
    const look = async (_kind: string, key: string) =>
      key === `${commitOf('2')}#1` && urgent ? { state: urgent, progress: null, result: null, why: null } : null;
    const deps = { queue: { look }, states, clock: clock.process(), log: quietLog };
    return { clock, preemption: new BuildPreemption(deps) };
  }
  const job = { id: 'j', kind: 'build', key: 'k', input: { commit: commitOf('1'), attempt: 1 } } as unknown as Job;

  it('gives way twice and no more, whatever strangers submit', async () => {
    const { clock, preemption: asks } = preemption('queued');
    const times: boolean[] = [];
    for (let build = 0; build < 4; build += 1) {
      const watched = asks.watch(job);
      await clock.advance(60_000);
      times.push(watched.signal.aborted);
      watched.end();
    }
    expect(times).toEqual([true, true, false, false]);
  });

  it.each([
    ['was never asked for', null, false],
    ['goes on at another builder', 'held', false],
    ['cannot be known of', 'queued', true],
  ] as const)('goes on where the other build %s', async (_what, urgent, fails) => {
    const { clock, preemption: asks } = preemption(urgent, fails);
    const watched = asks.watch(job);
    await clock.advance(600_000);
    expect([watched.signal.aborted, watched.reason()]).toEqual([false, null]);
    watched.end();
  });
});
