import { afterEach, describe, expect, it } from 'vitest';
import { WatchError } from '../../src/domain/errors.ts';
import { isLong } from '../support/seeded.ts';
import { check } from './checker.ts';
import { putFailpoints } from './failpoints.ts';
import { BEGIN, electionAt, HOUR, Timeline } from './timeline.ts';

const CLEAR = 'an injected fault';
const PACES = {
  discover: 300,
  verify: 120,
  clock: 300,
  deliver: 120,
  build: 120,
  watchdog: 3600,
  retentionRounds: 7200,
};
/** Hours. The last word is due before any later fault begins, and whatever one did is over by the end. */
const [LAST_FAULT, END] = [2.3, 3.5];

type Port = 'statements' | 'commits' | 'files' | 'requests' | 'messages' | 'answers' | 'builds';

/** Which operations fail: the nth of its kind, or all from there on for half an hour. */
interface Fault {
  readonly port: Port;
  readonly nth: number;
  readonly lasts: boolean;
}

let timeline: Timeline;
let takeOut: () => void = () => undefined;
afterEach(async () => {
  takeOut();
  await timeline.end();
});

/** Runs the story with the fault. Gives how often the port was used, and all that was said of it. */
async function run({ port, nth, lasts }: Fault): Promise<{ used: number; said: string }> {
  const said: string[] = [];
  const noted = (what: 'begins' | 'ends'): void => {
    if (what === 'begins') meet('builds', () => new Error(CLEAR));
  };
  timeline = new Timeline(
    [
      electionAt(0.1, '201', { lastsHours: 2 }),
      electionAt(0.1, '202', { lastsHours: 2, behaviour: 'mismatch', component: 'hostos' }),
    ],
    { paces: PACES, settings: { REMINDERS: '10m' }, buildSeconds: 300, noted, say: (line) => void said.push(line) },
  );
  const { clock, outside, bot, hook, rig } = timeline;
  let [used, until] = [0, 0];
  const meet = (at: Port, error: () => Error): void => {
    if (at !== port || clock.now() > (BEGIN + LAST_FAULT * HOUR) * 1000) return;
    used += 1;
    if (used === nth) until = clock.now() + 0.5 * HOUR * 1000;
    if (used === nth || (lasts && used > nth && clock.now() < until)) throw error();
  };
  takeOut = putFailpoints((point) => {
    if (point === 'statement') meet('statements', () => new Error(`SQLITE_IOERR: ${CLEAR}`));
    if (point === 'before commit') meet('commits', () => new Error(`SQLITE_FULL: ${CLEAR}`));
    if (point === 'before rename')
      meet('files', () => Object.assign(new Error(`ENOSPC: ${CLEAR}`), { code: 'ENOSPC' }));
  });
  outside.onRequest = () => meet('requests', () => new WatchError('transport', 'injected', CLEAR));
  for (const chat of [bot, hook]) {
    chat.onRequest = (what) =>
      meet(what === 'before' ? 'messages' : 'answers', () => new WatchError('transport', 'injected', CLEAR));
  }
  const failures = await timeline.supervised(END);
  const { database } = timeline.running;
  await check({ database, elections: outside.elections, chats: timeline.chats, directory: rig.directory, kills: 8 });
  return { used, said: [...said, ...failures.map(String)].join('\n') };
}

/** How many operations of a port are made to fail, one after the other; `lasts`: for half an hour, not once. */
const FEW: readonly (readonly [Port, readonly number[], lasts: boolean])[] = [
  ['statements', [1, 2, 5, 9, 14, 20, 33, 50], false],
  ['commits', [1, 2, 3, 5, 8, 13, 21, 34], false],
  ['files', [1, 2, 3], false],
  ['files', [1, 2], true],
  ['requests', [1, 2, 3, 5, 8, 13, 21], false],
  ['requests', [1, 4, 9], true],
  ['messages', [1, 2, 3, 5], false],
  ['messages', [1, 3], true],
  ['answers', [1, 2, 4], false],
  ['builds', [1], false],
];

/** More than there are in the story, which ends the count. */
const MANY = Array.from({ length: 10_000 }, (_, index) => index + 1);

describe('whatever fails', () => {
  it.each(FEW)(
    'at %s %s, lasting %s: no wrong verdict, no lost alert, a clear word',
    async (port, some, lasts) => {
      for (const nth of isLong ? MANY : some) {
        const { used, said } = await run({ port, nth, lasts });
        if (used < nth && isLong) break;
        expect(used, `${port} are used`).toBeGreaterThanOrEqual(nth);
        expect(said, `${port} ${nth}`).toContain(port === 'requests' ? 'injected' : CLEAR);
        takeOut();
        await timeline.end();
      }
    },
    isLong ? 2_400_000 : 60_000,
  );
});
