import { describe, expect, it } from 'vitest';
import { flipped, imageHash } from '../support/evidence.ts';
import { commitOf, electionAt, hourOf } from './timeline.ts';
import { between, SLOW, TimelineRig } from './timeline-rig.ts';

/** What follows a vote: the registry's records, and who deploys which version. */
const rig = new TimelineRig();
const { begin } = rig;
const POLL = { ...SLOW, discover: 120, 'after-vote': 120 };
const SETTINGS = { settings: { REMINDERS: '1m' }, paces: POLL };
const keyOf = (id: string): string => `replica_version_${commitOf(id)}`;
const OTHER = flipped(imageHash('guestos'));

describe('the registry after an execution', () => {
  it('that holds what was elected is read and kept, and nothing is told', async () => {
    const { bot } = await begin([electionAt(0.2, '200', { lastsHours: 2 })], SETTINGS);
    await rig.timeline.until(3);
    expect(bot.of('registry-differs')).toEqual([]);
    const [executed] = await rig.timeline.running.store.afterVote.executed();
    expect(executed?.reading?.result).toMatchObject({ check: 'registry-as-verified', outcome: 'verified' });
  });

  it('that holds another hash is told within one poll, once, with a ping, and so is that it is mended', async () => {
    const { bot, hook, outside } = await begin([electionAt(0.2, '200', { lastsHours: 2 })], SETTINGS);
    await rig.timeline.until(3);
    outside.afterVote.altered.set(keyOf('200'), { sha256: OTHER });
    await rig.timeline.until(4);
    for (const chat of [bot, hook]) {
      const [told] = chat.of('registry-differs');
      expect(new Set(chat.of('registry-differs').map(({ key }) => key)).size).toBe(1);
      expect(told).toMatchObject({ proposal: '200', pings: true });
      expect(told!.sentence).toContain('another package hash');
      expect(told!.sentence).toContain('is verified here');
      between(hourOf(told!), 3, 3 + 2.5 / 60 + SLOW.deliver / 3600);
    }
    outside.afterVote.altered.clear();
    await rig.timeline.until(5);
    expect(hook.of('registry-differs').map(({ pings }) => pings)).toEqual([true, false]);
    expect(bot.of('verdict')).toHaveLength(1);
  });

  it('that holds nothing is told, unless a later proposal retired the version', async () => {
    const elections = [
      electionAt(0.2, '200', { lastsHours: 2 }),
      electionAt(0.2, '201', { lastsHours: 2 }),
      electionAt(0.3, '202', {
        lastsHours: 2,
        action: { kind: 'retire-only', component: 'guestos', retires: [commitOf('201')] },
      }),
    ];
    const { hook, outside } = await begin(elections, SETTINGS);
    await rig.timeline.until(2.7);
    outside.afterVote.altered.set(keyOf('200'), null).set(keyOf('201'), null);
    await rig.timeline.until(4);
    expect(hook.of('registry-differs').map(({ proposal }) => proposal)).toEqual(['200']);
  });

  it('that is out of reach holds up no verdict', async () => {
    const { bot, outside } = await begin(
      [electionAt(0.2, '200', { lastsHours: 2 }), electionAt(3, '201', { lastsHours: 4 })],
      SETTINGS,
    );
    outside.onRequest = (what) => {
      if (what.includes('registry ')) throw Object.assign(new Error('down'));
    };
    await rig.timeline.until(5);
    expect(bot.of('verdict').map(({ proposal }) => proposal)).toEqual(['200', '201']);
  });
});

describe('a proposal that deploys a version', () => {
  const deploys = (version: string) =>
    ({
      topic: 12,
      lastsHours: 96,
      action: { kind: 'other', deploys: { component: 'guestos', versions: [commitOf(version)], needsVersion: true } },
    }) as const;

  it('is told where the version has no verified verdict here, and pings where it is a mismatch', async () => {
    const { bot } = await begin(
      [
        electionAt(0.2, '200', { lastsHours: 20 }),
        electionAt(0.2, '201', { lastsHours: 20, behaviour: 'mismatch' }),
        electionAt(3, '300', deploys('200')),
        electionAt(3.1, '301', deploys('201')),
        electionAt(3.2, '302', deploys('unknown')),
      ],
      SETTINGS,
    );
    await rig.timeline.until(4);
    expect(bot.of('deployment').map(({ proposal, pings }) => [proposal, pings])).toEqual([
      ['301', true],
      ['302', false],
    ]);
    await rig.timeline.until(6);
    expect(bot.of('deployment')).toHaveLength(2);
    expect(bot.of('discovered').map(({ proposal }) => proposal)).toEqual(['200', '201']);
  });
});
