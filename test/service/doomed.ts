import { appendFileSync, closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createNotifiers, type NotifierSettings } from '../../src/notify/notifier-registry.ts';
import { createOperatorFetch } from '../../src/platform/operator-fetch.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { Chat } from './chat.ts';
import { putFailpoints, type Point } from './failpoints.ts';
import { startService } from './harness.ts';
import { type Rig } from './rig.ts';
import { Outside, type SimElection } from './outside.ts';

/** How one life of the service goes: from the time in the file `now` until its end, unless it is killed before. */
export interface Life {
  readonly directory: string;
  readonly elections: readonly SimElection[];
  readonly untilMs: number;
  readonly buildSeconds: number;
  readonly settings: Readonly<Record<string, string>>;
  /** Of the real notifiers, which reach their servers by the environment's proxy; null: chats within this process. */
  readonly notifiers: NotifierSettings | null;
  /** Killed when this point is passed for the nth time; `any` counts all of them. null: lives until its end. */
  readonly doom: { readonly point: Point | 'any'; readonly nth: number } | null;
}

export const nowFile = (directory: string): string => join(directory, 'now');
export const buildsFile = (directory: string): string => join(directory, 'builds');
export const chatFile = (directory: string, id: string): string => join(directory, `chat-${id}`);
/** How often each point was passed by the last life, and at which it ended; JSON. */
export const passedFile = (directory: string): string => join(directory, 'passed');
export interface Passed {
  readonly times: Partial<Record<Point, number>>;
  readonly died: Point | null;
}

type Pass = (point: Point) => void;

async function live({ directory, elections, untilMs, buildSeconds, settings, notifiers, doom }: Life): Promise<void> {
  const { pass, close } = doomed(directory, doom);
  putFailpoints((point) => {
    if (point !== 'statement') pass(point);
  });
  const told = openSync(nowFile(directory), 'r+');
  const write = (now: number): void => void writeSync(told, String(now).padStart(16), 0);
  const clock = new VirtualClock(Number(readFileSync(nowFile(directory), 'utf8')), 10_000, write);
  const now = (): number => clock.now();
  const chats = notifiers ? realChats(notifiers, pass) : fakeChats(directory, now, pass);
  const noted = (what: 'begins' | 'ends', { commit, attempt }: { commit: string; attempt: number }): void => {
    appendFileSync(buildsFile(directory), `${JSON.stringify({ what, commit, attempt, life: process.pid })}\n`);
    pass(`build ${what}`);
  };
  const spawned = (what: 'before' | 'after'): void => pass(`${what} spawn`);
  const outside = new Outside(elections, now);
  const service = await startService({ directory, clock, outside, chats, buildSeconds, settings, noted, spawned });
  await clock.advanceTo(untilMs);
  await service.stop();
  closeSync(told);
  close();
}

/** Counts what is passed, and ends this process at the point that is its doom. */
function doomed(directory: string, doom: Life['doom']): { readonly pass: Pass; readonly close: () => void } {
  const times: Partial<Record<Point, number>> = {};
  let all = 0;
  const close = (died: Point | null = null): void =>
    writeFileSync(passedFile(directory), JSON.stringify({ times, died } satisfies Passed));
  const pass = (point: Point): void => {
    times[point] = (times[point] ?? 0) + 1;
    all += 1;
    if (doom === null || (doom.point === 'any' ? all : doom.point === point && times[point]) !== doom.nth) return;
    close(point);
    process.kill(process.pid, 'SIGKILL');
  };
  return { pass, close };
}

function fakeChats(directory: string, now: () => number, pass: Pass): Rig['chats'] {
  const chats = (['bot', 'webhook'] as const).map(
    (kind) => new Chat({ id: kind, kind, now, file: chatFile(directory, kind) }),
  );
  for (const chat of chats) chat.onRequest = (what) => pass(`${what} send`);
  return chats;
}

/** Every request of theirs is a point before it is sent, and another when its answer is there. */
function realChats(settings: NotifierSettings, pass: Pass): Rig['chats'] {
  const { fetch } = createOperatorFetch(process.env, 60_000);
  const watched: typeof fetch = async (input, init) => {
    pass('before send');
    const answer = await fetch(input, init);
    pass('after send');
    return answer;
  };
  // What they sign is looked at by the servers' clock, which is the machine's.
  const now = (): number => Date.now();
  const made = createNotifiers(settings, { fetch: watched, now, write: () => undefined, statusUrl: null });
  return made.map((notifier) => ({ id: notifier.id, notifier: () => notifier }));
}

if (process.argv[1] === import.meta.filename) {
  await live(JSON.parse(readFileSync(0, 'utf8')) as Life);
  // A builder that stands apart does not keep a service from ending.
  process.exit();
}
