import { afterEach, expect, it } from 'vitest';
import { classify } from '../../src/watcher/action.ts';
import { electionAt, hourOf, keys, news, Timeline } from './timeline.ts';

/** What stands among the elections and is none that is known. */
let timeline: Timeline;
afterEach(() => timeline.end());

const PAYLOAD = Buffer.from('DIDL');

it.each([
  ['a kind of action that is not known', null, 'whose action is of a kind that is not known'],
  ['a function that is not known', { nnsFunction: 99, payload: PAYLOAD }, 'NNS function 99 is not an election'],
  ['an election without its payload', { nnsFunction: 38, payload: Buffer.alloc(0) }, 'The payload is empty'],
])('%s is told on every channel, and costs the election after it nothing', async (_, call, words) => {
  const classified = classify(13, call);
  if (!('action' in classified)) throw new Error('it would be decoded');
  const odd = electionAt(0.5, '201', { lastsHours: 5, action: classified.action });
  timeline = new Timeline([odd, electionAt(0.6, '202', { lastsHours: 5 })], { settings: { REMINDERS: '1m' } });
  await timeline.start();
  await timeline.until(2.5);
  for (const chat of timeline.chats) {
    expect(keys(chat.shown, '201')).toEqual(['discovered', 'verdict 1']);
    const [discovered, verdict] = news(chat.shown, '201');
    expect(hourOf(discovered!)).toBeLessThan(0.7);
    expect(verdict).toMatchObject({ outcome: 'inconclusive', pings: true });
    expect(verdict!.sentence).toContain(words);
    expect(hourOf(verdict!)).toBeLessThan(0.8);
    expect(news(chat.shown, '202').at(-1)).toMatchObject({ outcome: 'verified' });
  }
});

it('of another topic is nothing to be told', async () => {
  const classified = classify(5, { nnsFunction: 99, payload: PAYLOAD });
  expect(classified).toEqual({ action: { kind: 'other' } });
  const other = electionAt(0.5, '201', { lastsHours: 5, topic: 5, action: { kind: 'other' } });
  timeline = new Timeline([other, electionAt(0.6, '202', { lastsHours: 5 })], { settings: { REMINDERS: '1m' } });
  await timeline.start();
  await timeline.until(2.5);
  for (const chat of timeline.chats) {
    expect(keys(chat.shown, '201')).toEqual([]);
    expect(keys(chat.shown, '202')).toContain('verdict 1');
  }
});
