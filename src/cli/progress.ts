import { keyText } from '../domain/evidence.ts';
import type { OnProgress, Progress } from '../domain/ports.ts';
import { MARKS } from '../domain/marks.ts';
import { plainText } from '../domain/text.ts';
import { sizeText } from './duration.ts';
import { frameLines, type Finished, type Moment, type Transfer } from './progress-frame.ts';
import { coloured } from './marks.ts';
import { widthOf, within } from './wrapped.ts';

export interface ViewOptions {
  readonly verbose: boolean;
  /** UTC milliseconds. */
  readonly now: () => number;
  /** Seconds that the latest builds took here, newest first. */
  readonly pastBuilds: readonly number[];
}

export interface ProgressView {
  readonly on: OnProgress;
  readonly end: () => void;
}

/** Shows a run while it goes on: redrawn in place on a terminal, one plain line per event elsewhere. */
export async function progressView(stream: NodeJS.WriteStream, options: ViewOptions): Promise<ProgressView> {
  return stream.isTTY ? terminalView(stream, options) : lineView(stream, options.verbose);
}

function lineView(stream: NodeJS.WritableStream, verbose: boolean): ProgressView {
  return {
    on: (progress) => {
      const line = eventLine(progress, verbose);
      if (line !== null) stream.write(coloured(`${line}\n`, stream));
    },
    end: () => undefined,
  };
}

/** One event as one line; null for what would only repeat itself. */
function eventLine(progress: Progress, verbose: boolean): string | null {
  switch (progress.type) {
    case 'stage':
      return progress.sentence;
    case 'download':
      return progress.done ? `Downloaded ${plainText(progress.url, 300)} (${sizeText(progress.received)})` : null;
    case 'trouble':
    case 'bug':
      return `${MARKS.warning} ${plainText(progress.sentence, 500)}`;
    case 'build-waits':
      return `The build waits for its turn again: ${plainText(progress.why, 200)}.`;
    case 'verdict':
      return `${MARKS.mismatch} ${plainText(progress.verdict.headline, 500)}`;
    case 'observed': {
      const { observation } = progress;
      const what = observation.status === 'observed' ? 'observed' : `unavailable: ${observation.code}`;
      return verbose ? `[debug] ${plainText(keyText(progress.key), 300)}: ${what}` : null;
    }
    case 'build':
      return verbose ? `[build] ${plainText(progress.lastLine, 200)}` : null;
  }
}

/** What stays on a terminal when the run is over; all else is drawn in place, and gone then. */
const LASTING: readonly Progress['type'][] = ['trouble', 'bug', 'build-waits', 'verdict'];

async function terminalView(stream: NodeJS.WriteStream, { now, pastBuilds }: ViewOptions): Promise<ProgressView> {
  const { createLogUpdate } = await import('log-update');
  const draw = createLogUpdate(stream);
  const transfers = new Map<string, Transfer>();
  let finished: Finished = { count: 0, bytes: 0 };
  let stage = '';
  let build: Moment['build'] = null;
  const show = (): void => {
    const room = { width: widthOf(stream), height: stream.rows };
    draw(frameLines({ stage, transfers, finished, build, pastBuilds }, now(), room).join('\n'));
  };
  const on: OnProgress = (progress) => {
    if (progress.type === 'stage') [stage, build] = [progress.sentence, null];
    else if (progress.type === 'build') build = progress;
    else if (progress.type === 'download') {
      const { url, received, total, done } = progress;
      const first = transfers.get(url);
      if (done) {
        transfers.delete(url);
        finished = { count: finished.count + 1, bytes: finished.bytes + received };
      } else transfers.set(url, { since: first?.since ?? now(), resumed: first?.resumed ?? received, received, total });
    }
    const line = LASTING.includes(progress.type) ? eventLine(progress, false) : null;
    if (line !== null) {
      draw.clear();
      stream.write(coloured(`${within([line], widthOf(stream)).join('\n')}\n`, stream));
    }
    show();
  };
  return {
    on,
    end: () => {
      draw.clear();
      draw.done();
    },
  };
}
