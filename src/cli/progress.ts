import { keyText } from '../domain/evidence.ts';
import type { OnProgress, Progress } from '../domain/ports.ts';
import { plainText } from '../domain/text.ts';
import { estimate } from '../domain/reminders.ts';
import { durationText, sizeText } from './duration.ts';

interface Transfer {
  readonly since: number;
  /** Bytes that an earlier run had left there already. */
  readonly resumed: number;
  received: number;
  total: number | null;
}

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
      if (line !== null) stream.write(`${line}\n`);
    },
    end: () => undefined,
  };
}

/** One event as one line; null for what would only repeat itself. */
function eventLine(progress: Progress, verbose: boolean): string | null {
  switch (progress.type) {
    case 'stage':
      return `[ℹ️] ${progress.sentence}`;
    case 'download':
      return progress.done ? `[ℹ️] Downloaded ${plainText(progress.url, 300)} (${sizeText(progress.received)})` : null;
    case 'trouble':
      return `[⚠️] ${plainText(progress.sentence, 500)}`;
    case 'build-waits':
      return `[ℹ️] The build waits for its turn again: ${plainText(progress.why, 200)}.`;
    case 'verdict':
      return `[❌] ${plainText(progress.verdict.headline, 500)}`;
    case 'observed': {
      const { observation } = progress;
      const what = observation.status === 'observed' ? 'observed' : `unavailable: ${observation.code}`;
      return verbose ? `[debug] ${plainText(keyText(progress.key), 300)}: ${what}` : null;
    }
    case 'build':
      return verbose ? `[build] ${plainText(progress.lastLine, 200)}` : null;
  }
}

async function terminalView(stream: NodeJS.WriteStream, { now, pastBuilds }: ViewOptions): Promise<ProgressView> {
  const { createLogUpdate } = await import('log-update');
  const draw = createLogUpdate(stream);
  const transfers = new Map<string, Transfer>();
  let stage = '';
  let build = '';
  const show = (): void =>
    draw([stage, ...[...transfers].map(([url, t]) => transferLine(url, t, now())), build].filter(Boolean).join('\n'));
  const on: OnProgress = (progress) => {
    if (progress.type === 'stage') stage = progress.sentence;
    else if (progress.type === 'build') {
      build = `${buildText(progress.seconds, pastBuilds)} · ${plainText(progress.lastLine, 100)}`;
    } else if (progress.type === 'download') {
      if (progress.done) transfers.delete(progress.url);
      else
        transfers.set(progress.url, {
          since: now(),
          resumed: progress.received,
          ...transfers.get(progress.url),
          received: progress.received,
          total: progress.total,
        });
    }
    const line = progress.type === 'stage' ? null : eventLine(progress, false);
    if (line !== null) {
      draw.clear();
      stream.write(`${line}\n`);
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

/** Received, total, rate and the time that the rest will take. */
function transferLine(url: string, { since, resumed, received, total }: Transfer, at: number): string {
  const rate = (received - resumed) / Math.max(0.001, (at - since) / 1000);
  const rest = total === null || rate === 0 ? '' : ` · ${durationText((total - received) / rate)} left`;
  const share = total ? ` of ${sizeText(total)} (${Math.floor((100 * received) / total)} %)` : '';
  return `${plainText(url, 90)}  ${sizeText(received)}${share} · ${sizeText(rate)}/s${rest}`;
}

function buildText(seconds: number, pastBuilds: readonly number[]): string {
  const { seconds: usual, guessed } = estimate(pastBuilds);
  if (guessed) return `building for ${durationText(seconds)}; no build was timed here yet`;
  const end = seconds < usual ? `about ${durationText(usual - seconds)} left` : 'longer than usual';
  return `building for ${durationText(seconds)}, ${end}`;
}
