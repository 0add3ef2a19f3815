import { describe, expect, it } from 'vitest';
import { WatchError } from '../../src/domain/errors.ts';
import type { ProposalId } from '../../src/domain/ids.ts';
import { mute, requeue } from '../../src/store/operator-actions.ts';
import { BEGIN, electionAt, HOUR, hourOf, keys } from './timeline.ts';
import { between, deadline, NO_REMINDERS, SLOW, TimelineRig } from './timeline-rig.ts';

/** What is told when things change, and how loudly. */
const rig = new TimelineRig();
const { begin } = rig;

describe('what could wake people', () => {
  const quiet = { ...NO_REMINDERS, settings: { ...NO_REMINDERS.settings, QUIET_HOURS: '06:00-12:00 UTC' } };

  it('pings nobody in quiet hours, and says all the same', async () => {
    const { hook } = await begin([electionAt(0.5, '200', { lastsHours: 24 })], quiet);
    await rig.timeline.until(3);
    expect(hook.of('verdict').map(({ pings, outcome }) => `${outcome} ${pings}`)).toEqual(['verified false']);
  });

  it('pings in quiet hours for a mismatch', async () => {
    const { hook } = await begin([electionAt(0.5, '200', { lastsHours: 24, behaviour: 'mismatch' })], quiet);
    await rig.timeline.until(3);
    const told = hook.of('verdict').map(({ pings, outcome }) => `${outcome} ${pings}`);
    // As it appears, and quietly once nothing more is to come.
    expect(told).toEqual(['mismatch true', 'mismatch false']);
  });

  it('pings nobody for a muted proposal', async () => {
    const { hook } = await begin([electionAt(0.5, '200', { lastsHours: 24 })], NO_REMINDERS);
    await rig.timeline.until(1);
    await mute(rig.timeline.running.database, '200' as ProposalId, (BEGIN + 9 * HOUR) * 1000);
    await rig.timeline.until(3);
    expect(hook.of('verdict')).toHaveLength(1);
    expect(hook.of('verdict')[0]!.pings).toBe(false);
  });
});

describe('a first start', () => {
  it('takes up what is open, and tells nothing of what is over', async () => {
    const past = Array.from({ length: 30 }, (_, index) => electionAt(-200 - index, `${150 - index}`));
    const { bot, running } = await begin([electionAt(-2, '200', { lastsHours: 24 }), ...past], NO_REMINDERS);
    await rig.timeline.until(3);
    expect(new Set(bot.shown.map(({ proposal }) => proposal))).toEqual(new Set(['200']));
    const known = await running.database.db.selectFrom('proposals').select('tracked').execute();
    expect(known.filter(({ tracked }) => tracked === 'history')).toHaveLength(30);
  });

  it('leaves no gap after any downtime', async () => {
    const elections = [electionAt(0, '200'), ...[4, 5, 6, 7].map((hour) => electionAt(hour, `${200 + hour}`))];
    const { bot } = await begin(elections, { ...NO_REMINDERS, paces: SLOW });
    await rig.timeline.until(2);
    await rig.timeline.kill();
    await rig.timeline.clock.advance(48 * HOUR * 1000);
    await rig.timeline.start();
    await rig.timeline.until(60);
    for (const { id } of elections) {
      expect(keys(bot.shown, id)).toContain('discovered');
      expect(bot.of('verdict').filter(({ proposal }) => proposal === id)).toHaveLength(1);
    }
  });
});

describe('a verdict that changes', () => {
  it('when withheld source appears, also after the vote: first withheld, then verified', async () => {
    const withheld = electionAt(0, '200', { lastsHours: 6, behaviour: 'withheld', appearsAt: deadline(12) });
    const { bot } = await begin([withheld], { ...NO_REMINDERS, paces: SLOW });
    await rig.timeline.until(15);
    const told = bot.of('verdict');
    expect(told.map(({ outcome }) => outcome)).toEqual(['inconclusive', 'verified']);
    between(hourOf(told[0]!), 0, 0.3);
    between(hourOf(told[1]!), 12, 14);
    expect(bot.messagesOf('200')).toHaveLength(1);
  });

  it('when only the first of two builds differed: the alarm is told at once and taken back in the open', async () => {
    const { bot } = await begin([electionAt(0, '200', { lastsHours: 24, behaviour: 'differs-once' })], NO_REMINDERS);
    await rig.timeline.until(4);
    expect(bot.of('verdict').map(({ outcome, pings }) => `${outcome} ${pings}`)).toEqual([
      'mismatch true',
      'verified true',
    ]);
  });

  it('when a second build confirms the mismatch: told twice, both times loudly', async () => {
    const { bot } = await begin([electionAt(0, '200', { lastsHours: 24, behaviour: 'differs' })], NO_REMINDERS);
    await rig.timeline.until(4);
    expect(bot.of('verdict').map(({ outcome, pings }) => `${outcome} ${pings}`)).toEqual([
      'mismatch true',
      'mismatch true',
    ]);
  });
});

describe('a channel that refused its messages', () => {
  it('is told the verdicts that still matter once it is mended, each once, whatever starts again', async () => {
    const elections = [electionAt(0, '200', { lastsHours: 3 }), electionAt(0, '201', { lastsHours: 24 })];
    const { bot, hook } = await begin(elections, NO_REMINDERS);
    const revoked = new WatchError('rejected', 'discord-unauthorized', 'not allowed');
    bot.refusal = (now) => (now < deadline(5) * 1000 ? revoked : null);
    await rig.timeline.until(6);
    expect(bot.of('verdict').map(({ proposal }) => proposal)).toEqual(['201']);
    between(hourOf(bot.of('verdict')[0]!), 5, 5.3);
    for (const hours of [7, 8]) {
      await rig.timeline.kill();
      await rig.timeline.start();
      await rig.timeline.until(hours);
    }
    expect(bot.of('verdict').map(({ proposal }) => proposal)).toEqual(['201']);
    expect(hook.of('verdict').map(({ proposal }) => proposal)).toEqual(['200', '201']);
  });
});

describe('what is verified again by hand', () => {
  it('uses the builds that there are, or new ones where they are asked for; the same again is no news', async () => {
    const attempts: number[] = [];
    const noted = (what: string, { attempt }: { attempt: number }) => what === 'begins' && attempts.push(attempt);
    const { bot, running } = await begin([electionAt(0, '200', { lastsHours: 24, behaviour: 'differs' })], {
      ...NO_REMINDERS,
      noted,
    });
    await rig.timeline.until(4);
    const looks = async (): Promise<number> =>
      (await running.database.db.selectFrom('runs').select('id').where('judged_at_ms', 'is not', null).execute())
        .length;
    const before = await looks();
    expect(await requeue(running.database, '200' as ProposalId, false)).toBe('enqueued');
    await rig.timeline.until(5);
    expect(await looks()).toBe(before + 1);
    expect(attempts).toEqual([1, 2]);
    expect(await requeue(running.database, '200' as ProposalId, true)).toBe('enqueued');
    await rig.timeline.until(8);
    expect(attempts).toEqual([1, 2, 1, 2]);
    expect(bot.of('verdict')).toHaveLength(2);
  });

  it('takes no alarm of an earlier run back in silence, whether the builds raised it or what was published', async () => {
    const mended = { lastsHours: 24, appearsAt: deadline(4) };
    const { bot, running } = await begin(
      [
        electionAt(0, '200', { ...mended, behaviour: 'differs' }),
        electionAt(0, '201', { ...mended, behaviour: 'mismatch' }),
      ],
      NO_REMINDERS,
    );
    await rig.timeline.until(5);
    for (const id of ['200', '201'] as ProposalId[]) await requeue(running.database, id, true);
    await rig.timeline.until(8);
    for (const [id, checks] of [
      ['200', ['build-reproduces']],
      ['201', ['package-hash']],
    ] as const) {
      const newest = (await running.store.states.one(id as ProposalId))?.verdict?.verdict;
      expect(newest?.outcome).toBe('verified');
      const serious = newest?.findings.filter(({ severity }) => severity === 'serious').map((finding) => finding.id);
      expect(serious, id).toEqual(expect.arrayContaining(checks.map((check) => `${check}/taken-back`)));
      const told = bot.of('verdict').filter(({ proposal }) => proposal === id);
      expect(told.at(-1)).toMatchObject({ outcome: 'verified', pings: true });
      expect(told.at(-1)!.sentence).toContain('WARNING: An earlier run found a mismatch that this run does not find');
    }
  });
});

describe('the program’s own trouble', () => {
  it('is told once when polling fails for long, and once when it is over', async () => {
    const { hook, outside } = await begin([electionAt(0, '200', { lastsHours: 24 })], NO_REMINDERS);
    outside.isDown = (host, now) => host === 'governance' && now > deadline(2) * 1000 && now < deadline(4) * 1000;
    await rig.timeline.until(6);
    expect(hook.of('trouble').map(({ sentence }) => sentence.split(' ')[0])).toEqual(['Trouble:', 'Over']);
    between(hourOf(hook.of('trouble')[0]!), 2, 2.5);
    between(hourOf(hook.of('trouble')[1]!), 4, 4.5);
  });
});
