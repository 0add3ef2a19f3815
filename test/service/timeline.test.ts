import { describe, expect, it } from 'vitest';
import { chatDown } from './chat.ts';
import { BEGIN, commitOf, electionAt, HOUR, hourOf, keys, news, type TimelineOptions } from './timeline.ts';
import { between, deadline, NO_REMINDERS, SLOW, TimelineRig } from './timeline-rig.ts';

/** Who is told what, when and how often. */
const rig = new TimelineRig();
const { begin } = rig;

describe('an election that is verified', () => {
  it('is told on every channel, each news once, the verdict within the build’s time', async () => {
    const { bot, hook } = await begin([electionAt(1, '200', { lastsHours: 3 })], NO_REMINDERS);
    await rig.timeline.until(4.5);
    for (const chat of [bot, hook]) {
      const told = keys(chat.shown, '200');
      expect(told.slice(0, 2)).toEqual(['discovered', 'verdict 1']);
      expect(told.slice(2).sort()).toEqual(['adopted', `closed ${deadline(4)}`, 'executed']);
      const [discovered, verdict] = news(chat.shown, '200');
      between(hourOf(discovered!), 1, 1.1);
      between(hourOf(verdict!), 2, 2.2);
      expect(verdict).toMatchObject({ outcome: 'verified', pings: true });
    }
    expect(bot.messagesOf('200')).toHaveLength(1);
  });

  it('tells a release that is shared by two elections twice, and builds it once', async () => {
    const builds: string[] = [];
    const commit = commitOf('shared');
    const elections = [
      electionAt(1, '200', { lastsHours: 12, commit }),
      electionAt(1.5, '201', { lastsHours: 12, commit, component: 'hostos' }),
    ];
    const noted = (what: string) => void builds.push(what);
    const { bot } = await begin(elections, { ...NO_REMINDERS, noted });
    await rig.timeline.until(4);
    expect(bot.of('verdict').map(({ proposal, outcome }) => `${proposal} ${outcome}`)).toEqual([
      '200 verified',
      '201 verified',
    ]);
    expect(builds).toEqual(['begins', 'ends']);
  });
});

describe('a channel that is down', () => {
  it('for three hours, with the process killed at two: it hears all at three, once, and the other channel no word twice', async () => {
    const { bot, hook } = await begin([electionAt(0.5, '200', { lastsHours: 24 })], NO_REMINDERS);
    bot.refusal = (now) => (now < (BEGIN + 3 * HOUR) * 1000 ? chatDown() : null);
    await rig.timeline.until(2);
    expect(bot.shown).toEqual([]);
    await rig.timeline.kill();
    await rig.timeline.start();
    await rig.timeline.until(5);
    expect(keys(hook.shown, '200')).toEqual(['discovered', 'verdict 1']);
    expect(keys(bot.shown, '200')).toEqual(['discovered', 'verdict 1']);
    for (const shown of news(bot.shown, '200')) between(hourOf(shown), 3, 3.3);
    between(hourOf(hook.of('verdict')[0]!), 1.5, 1.8);
  });

  it('is told of to the others once, and so is that it works again', async () => {
    const { bot, hook } = await begin([electionAt(0.5, '200', { lastsHours: 24 })], NO_REMINDERS);
    bot.refusal = (now) => (now < (BEGIN + 3 * HOUR) * 1000 ? chatDown() : null);
    await rig.timeline.until(2);
    await rig.timeline.kill();
    await rig.timeline.start();
    await rig.timeline.until(5);
    const troubles = hook.of('trouble').filter(({ sentence }) => sentence.includes('bot'));
    expect(troubles.map(({ sentence }) => sentence.split(' ')[0])).toEqual(['Trouble:', 'Over']);
    expect(bot.of('trouble').filter(({ sentence }) => sentence.includes('bot cannot'))).toEqual([]);
  });

  it('for six hours, hears what still matters and only that, in order, while the other heard all of it in time', async () => {
    const elections = [
      electionAt(0.5, '200', { lastsHours: 24 }),
      electionAt(0.7, '201', { lastsHours: 24, behaviour: 'mismatch', component: 'hostos' }),
      electionAt(1, '202', { lastsHours: 2.5, behaviour: 'build-fails' }),
    ];
    const { bot, hook } = await begin(elections, { settings: { REMINDERS: '1h' }, paces: SLOW });
    bot.refusal = (now) => (now < (BEGIN + 6 * HOUR) * 1000 ? chatDown() : null);
    await rig.timeline.until(5.9);
    expect(bot.shown).toEqual([]);
    const intime = news(hook.shown).filter(({ type }) => type !== 'trouble');
    await rig.timeline.until(8);
    for (const { id } of elections) {
      const all = intime.filter(({ proposal }) => proposal === id);
      const newest = all.findLast(({ type }) => type === 'verdict');
      const mattering = all.filter((one) => {
        if (one.type === 'verdict') return one === newest;
        return one.type !== 'reminder' && one.type !== 'cannot-finish';
      });
      expect(mattering.length, id).toBeGreaterThan(1);
      expect(keys(bot.shown, id), id).toEqual(keys(mattering, id));
    }
    expect(intime.filter(({ type }) => type === 'reminder' || type === 'cannot-finish')).toHaveLength(2);
    expect(bot.of('progress')).toEqual([]);
    for (const shown of bot.shown.filter(({ type }) => type !== 'trouble')) between(hourOf(shown), 6, 6.3);
    between(hourOf(hook.of('verdict').find(({ proposal }) => proposal === '202')!), 2, 3.5);
  });

  it('hears no reminder that came to nothing meanwhile', async () => {
    const late = electionAt(0.5, '200', { lastsHours: 2, behaviour: 'build-fails' });
    const { bot, hook } = await begin([late], { settings: { REMINDERS: '1h' } });
    bot.refusal = (now) => (now < (BEGIN + 4 * HOUR) * 1000 ? chatDown() : null);
    await rig.timeline.until(5);
    expect(hook.of('reminder')).toHaveLength(1);
    expect(bot.of('reminder')).toEqual([]);
    expect(bot.of('closed')).toHaveLength(1);
  });
});

describe('reminders', () => {
  const unreachable: TimelineOptions = { settings: { REMINDERS: '24h,6h,1h' }, paces: SLOW };

  it('are told at the configured times while there is no verdict; at the end it is said that there will be none', async () => {
    const { hook, outside } = await begin([electionAt(0, '200', { lastsHours: 25 })], unreachable);
    outside.isDown = (host) => host === 'cdn';
    await rig.timeline.until(26);
    const hours = hook.of('reminder').map(hourOf);
    expect(hours).toHaveLength(3);
    [1, 19, 24].forEach((hour, index) => between(hours[index]!, hour, hour + 0.3));
    expect(hook.of('reminder').every(({ pings }) => pings)).toBe(true);
    expect(hook.of('verdict').at(-1)).toMatchObject({ outcome: 'inconclusive', pings: true });
    between(hourOf(hook.of('verdict').at(-1)!), 24, 25.1);
    expect(hook.of('closed')).toHaveLength(1);
  }, 90_000);

  it('are armed again when the deadline moves', async () => {
    const moved = { at: deadline(5.5), deadlineAt: deadline(30) };
    const { hook, outside } = await begin([electionAt(0, '200', { lastsHours: 6, moved })], unreachable);
    outside.isDown = (host) => host === 'cdn';
    await rig.timeline.until(32);
    const of = (at: number) => hook.of('reminder').filter(({ key }) => key.includes(` ${at} `));
    expect(of(deadline(6)).map(({ key }) => key.split(' ').at(-1))).toEqual(['21600', '3600']);
    expect(of(deadline(30)).map(({ key }) => key.split(' ').at(-1))).toEqual(['86400', '21600', '3600']);
    expect(hook.of('closed').map(({ key }) => key)).toEqual([`proposal 200 closed ${deadline(30)}`]);
  });

  it('are about a neuron that has not voted, verdict or not, and end when it has', async () => {
    const look = async () => ({ unvoted: rig.timeline.clock.now() / 1000 < deadline(10) ? ['27'] : [], unclear: [] });
    const { hook } = await begin([electionAt(0, '200', { lastsHours: 12 })], {
      settings: { REMINDERS: '6h,1h' },
      paces: SLOW,
      votes: { look },
    });
    await rig.timeline.until(13);
    expect(hook.of('reminder')).toHaveLength(1);
    expect(hook.of('reminder')[0]!.sentence).toContain('neuron 27 has not voted');
    between(hourOf(hook.of('reminder')[0]!), 6, 6.2);
  });
});

describe('the deadline', () => {
  it('that no build can meet is told as soon as it is known, and the verdict that comes in time after all too', async () => {
    const { hook } = await begin([electionAt(0, '200', { lastsHours: 1.5 })], NO_REMINDERS);
    await rig.timeline.until(3);
    between(hourOf(hook.of('cannot-finish')[0]!), 0, 0.1);
    expect(hook.of('cannot-finish')).toHaveLength(1);
    expect(hook.of('verdict').map(({ outcome }) => outcome)).toEqual(['verified']);
  });

  it('and the decision are two events, and after the decision votes still count', async () => {
    const early = electionAt(0, '200', { lastsHours: 4, decidedAt: deadline(0.5) });
    const { hook } = await begin([early], NO_REMINDERS);
    await rig.timeline.until(4.5);
    const [decided] = hook.of('decided');
    between(hourOf(decided!), 0.5, 0.6);
    expect(decided!.sentence).toContain('Votes still count for rewards');
    expect(hook.of('verdict')).toHaveLength(1);
    between(hourOf(hook.of('closed')[0]!), 4, 4.1);
  });

  it('that passed while nobody watched is told after the start, with the verdict that came too late', async () => {
    const { hook } = await begin([electionAt(1, '200', { lastsHours: 4 }), electionAt(0, '199')], NO_REMINDERS);
    await rig.timeline.until(1.2);
    await rig.timeline.kill();
    await rig.timeline.clock.advance(10 * HOUR * 1000);
    await rig.timeline.start();
    await rig.timeline.until(16);
    expect(keys(hook.shown, '200').filter((key) => key.startsWith('closed'))).toHaveLength(1);
    expect(hook.of('closed')[0]!.sentence).toBe('Voting has closed without a verdict.');
    expect(keys(hook.shown, '200')).toContain('executed');
    expect(hook.of('verdict').filter(({ proposal }) => proposal === '200')).toHaveLength(1);
  });
});
