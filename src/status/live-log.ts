import { setTimeout as wait } from 'node:timers/promises';
import type { CommitId } from '../domain/ids.ts';
import type { PageSource } from '../domain/status-queries.ts';
import type { Answers } from './answers.ts';
import { liveEnd, liveLines, liveStart, STILL_THERE } from './pages/live.ts';

/** How many may follow a log at once; each is a question to the database every second. */
const PLACES = 8;
const EVERY_MS = 1000;
const LONGEST_MS = 10 * 60_000;

/** Counts those who follow. */
export class LiveRoom {
  #taken = 0;

  enter(): boolean {
    if (this.#taken >= PLACES) return false;
    this.#taken += 1;
    return true;
  }

  leave(): void {
    this.#taken -= 1;
  }
}

/** A page that grows with the log of a build, until either ends; null: too many follow already. */
export function liveLog(
  commit: CommitId,
  source: PageSource,
  { frame, redact }: Answers,
  room: LiveRoom,
): ReadableStream<Uint8Array> | null {
  if (!room.enter()) return null;
  const encoder = new TextEncoder();
  const pieces = follow(commit, source, frame);
  let left = false;
  const leave = (): void => {
    if (!left) room.leave();
    left = true;
  };
  return new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const next = await pieces.next().catch((thrown: unknown) => {
        leave();
        throw thrown;
      });
      if (next.done) {
        leave();
        controller.close();
      } else controller.enqueue(encoder.encode(redact(next.value)));
    },
    cancel: async () => {
      leave();
      await pieces.return(undefined);
    },
  });
}

async function* follow(
  commit: CommitId,
  source: PageSource,
  frame: Answers['frame'],
): AsyncGenerator<string, undefined> {
  const until = source.now() + LONGEST_MS;
  let shown = 0;
  yield liveStart(frame(), commit);
  while (source.now() < until) {
    const build = await source.building(commit);
    if (!build) {
      yield liveEnd(frame(), commit, 'The build has ended.');
      return;
    }
    const text = liveLines(build, shown);
    shown = build.lines;
    yield text === '' ? STILL_THERE : text;
    await wait(EVERY_MS);
  }
  yield liveEnd(frame(), commit, 'The build goes on; this page has ended.');
  return;
}
