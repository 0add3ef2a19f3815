import { appendFileSync, closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { VirtualClock } from '../support/virtual-clock.ts';
import { Chat } from './chat.ts';
import { putFailpoints, type Point } from './failpoints.ts';
import { startService } from './harness.ts';
import { Outside, type SimElection } from './outside.ts';

/** How one life of the service goes: from the time in the file `now` until its end, unless it is killed before. */
export interface Life {
  readonly directory: string;
  readonly elections: readonly SimElection[];
  readonly untilMs: number;
  readonly buildSeconds: number;
  readonly settings: Readonly<Record<string, string>>;
  /** Killed when this point is passed for the nth time; `any` counts all of them. null: lives until its end. */
  readonly doom: { readonly point: Point | 'any'; readonly nth: number } | null;
}

export const nowFile = (directory: string): string => join(directory, 'now');
export const buildsFile = (directory: string): string => join(directory, 'builds');
export const chatFile = (directory: string, id: string): string => join(directory, `chat-${id}`);

async function live({ directory, elections, untilMs, buildSeconds, settings, doom }: Life): Promise<void> {
  const passed = { any: 0 } as Record<Point | 'any', number>;
  const pass = (point: Point | 'statement'): void => {
    if (point === 'statement') return;
    passed[point] = (passed[point] || 0) + 1;
    passed.any += 1;
    if (doom && passed[doom.point] === doom.nth) process.kill(process.pid, 'SIGKILL');
  };
  putFailpoints(pass);
  const told = openSync(nowFile(directory), 'r+');
  const write = (now: number): void => void writeSync(told, String(now).padStart(16), 0);
  const clock = new VirtualClock(Number(readFileSync(nowFile(directory), 'utf8')), 10_000, write);
  const now = (): number => clock.now();
  const chats = (['bot', 'webhook'] as const).map(
    (kind) => new Chat({ id: kind, kind, now, file: chatFile(directory, kind) }),
  );
  for (const chat of chats) chat.onRequest = (what) => pass(`${what} send`);
  const noted = (what: 'begins' | 'ends', { commit, attempt }: { commit: string; attempt: number }): void => {
    appendFileSync(buildsFile(directory), `${JSON.stringify({ what, commit, attempt, life: process.pid })}\n`);
    pass(`build ${what}`);
  };
  const outside = new Outside(elections, now);
  const service = await startService({ directory, clock, outside, chats, buildSeconds, settings, noted });
  await clock.advanceTo(untilMs);
  await service.stop();
  closeSync(told);
}

if (process.argv[1] === import.meta.filename) await live(JSON.parse(readFileSync(0, 'utf8')) as Life);
