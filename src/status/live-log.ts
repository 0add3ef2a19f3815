import { setTimeout as wait } from 'node:timers/promises';
import type { CommitId } from '../domain/ids.ts';
import type { BuildNow, PageSource } from '../domain/status-queries.ts';
import type { Answers } from './answers.ts';
import { type Html, markup } from './html.ts';
import { type Frame, type Head, pageEnd, pageStart } from './layout.ts';
import { commitLink } from './page-parts.ts';
import { lineBreaks } from './pages/proposal.ts';

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

/** A page whose body comes little by little, so that a log can be followed without script. */
export function liveStart(frame: Frame, commit: string): string {
  const body = markup`<h1>Build of ${commitLink(commit, 10)}</h1>
<p class="lead">Its log as it comes. This page ends with the build, or after ten minutes.</p>
<div class="log tail live" role="log" tabindex="0" aria-label="Log of the build"><div>`;
  return `${pageStart(frame, headOf(commit))}${body.toString()}`;
}

/** What was not shown yet. `shown`: how many lines of the log were. */
export function liveLines({ tail, lines }: BuildNow, shown: number): string {
  const fresh = Math.min(tail.length, Math.max(0, lines - shown));
  const left = lines - shown - fresh;
  const gap: Html | null = left > 0 && shown > 0 ? lineBreaks([`… ${left} lines in between …`]) : null;
  return `${gap?.toString() ?? ''}${lineBreaks(tail.slice(tail.length - fresh)).toString()}`;
}

export function liveEnd(frame: Frame, commit: string, sentence: string): string {
  const end = markup`</div></div><p><strong>${sentence}</strong> <a href="/commits/${commit}">Commit</a> · <a href="/commits/${commit}/live">Follow again</a></p>`;
  return `${end.toString()}${pageEnd(frame, headOf(commit))}`;
}

/** Keeps a connection open over which nothing else comes. */
export const STILL_THERE = '<!---->';

function headOf(commit: string): Head {
  return { title: `Build of ${commit.slice(0, 10)}`, json: null };
}
