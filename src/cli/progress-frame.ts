import { estimate } from '../domain/reminders.ts';
import { plainText } from '../domain/text.ts';
import { durationText, sizeText } from './duration.ts';
import { columns, cut } from './wrapped.ts';

/** One download that goes on. */
export interface Transfer {
  /** UTC milliseconds. */
  readonly since: number;
  /** Bytes that an earlier run had left there already. */
  readonly resumed: number;
  readonly received: number;
  readonly total: number | null;
}

export interface Finished {
  readonly count: number;
  readonly bytes: number;
}

/** What is shown of a run at one moment. */
export interface Moment {
  readonly stage: string;
  readonly transfers: ReadonlyMap<string, Transfer>;
  /** Downloads that ended, which have no line of their own any more. */
  readonly finished: Finished;
  readonly build: { readonly seconds: number; readonly lastLine: string } | null;
  /** Seconds that the latest builds took here, newest first. */
  readonly pastBuilds: readonly number[];
}

export interface Room {
  readonly width: number;
  readonly height: number;
}

const BAR = 16;

/** As lines none of which is wider than the terminal, nor are they more than it has. `at`: UTC milliseconds. */
export function frameLines(
  { stage, transfers, finished, build, pastBuilds }: Moment,
  at: number,
  room: Room,
): string[] {
  // Stage, sum, build and the line on which the cursor stands.
  const most = Math.max(1, room.height - 4);
  const all = [...transfers];
  const shown = all.slice(0, all.length > most ? most - 1 : most);
  const left = all.length - shown.length;
  const lines = [
    ...(stage === '' ? [] : [stage]),
    ...transferLines(shown, at, room.width - 1),
    ...(left > 0 ? [`… and ${left} more downloads`] : []),
    ...sumLines([...transfers.values()], finished, at),
    ...(build ? [`${buildText(build.seconds, pastBuilds)} · ${plainText(build.lastLine, 200)}`] : []),
  ];
  // The last column stays free: some terminals begin a new line once it is written to.
  return lines.map((line) => cut(line, room.width - 1));
}

/** The file’s name gives way where there is little room: bar, sizes, rate and rest stay. */
function transferLines(transfers: readonly (readonly [url: string, Transfer])[], at: number, width: number): string[] {
  const facts = columns(transfers.map(([, transfer]) => factsOf(transfer, at)));
  return transfers.map(([url], index) => {
    const fact = facts[index] ?? '';
    const name = nameOf(url, Math.max(8, width - fact.length - 2));
    return `${name}  ${fact}`;
  });
}

/** The end of an address says which file it is. */
function nameOf(url: string, room: number): string {
  const name = plainText(url, 300).replace(/^https:\/\//, '');
  const segments = [...new Intl.Segmenter().segment(name)].map(({ segment }) => segment);
  const kept = segments.length <= room ? segments : ['…', ...segments.slice(segments.length - room + 1)];
  return cut(kept.join(''), room).padEnd(room);
}

function factsOf(transfer: Transfer, at: number): string[] {
  const { received, total } = transfer;
  const share = total === null || total <= 0 ? null : Math.min(1, received / total);
  return [
    share === null ? ' '.repeat(BAR) : bar(share),
    share === null ? '' : `${Math.floor(100 * share)} %`,
    total === null ? sizeText(received) : `${sizeText(received)} of ${sizeText(total)}`,
    ...rateAndRest([transfer], at),
  ];
}

function bar(share: number): string {
  const full = Math.floor(share * BAR);
  return `${'█'.repeat(full)}${'░'.repeat(BAR - full)}`;
}

/** All that began, with what has ended of it; one alone says it all in its own line. */
function sumLines(transfers: readonly Transfer[], { count, bytes }: Finished, at: number): string[] {
  if (transfers.length + count < 2) return [];
  const received = transfers.reduce((sum, each) => sum + each.received, bytes);
  const totals = transfers.map(({ total }) => total);
  const whole = totals.every((total) => total !== null) ? totals.reduce((sum, each) => sum + each, bytes) : null;
  const of = whole === null || transfers.length === 0 ? '' : ` of ${sizeText(whole)}`;
  const done = count === 0 ? '' : `, ${count} done`;
  const rest = transfers.length === 0 ? [] : rateAndRest(transfers, at);
  return [`${transfers.length + count} downloads${done}: ${[`${sizeText(received)}${of}`, ...rest].join(' · ')}`];
}

/** By what came since each began; what lay there before was not fast. */
function rateAndRest(transfers: readonly Transfer[], at: number): string[] {
  const rate = transfers.reduce((sum, { received, resumed, since }) => {
    return sum + Math.max(0, received - resumed) / Math.max(0.001, (at - since) / 1000);
  }, 0);
  const known = transfers.every(({ total }) => total !== null);
  const rest = transfers.reduce((sum, { received, total }) => sum + Math.max(0, (total ?? 0) - received), 0);
  return [`${sizeText(Math.round(rate))}/s`, known && rate > 0 ? `${durationText(rest / rate)} left` : ''].filter(
    Boolean,
  );
}

function buildText(seconds: number, pastBuilds: readonly number[]): string {
  const { seconds: usual, guessed } = estimate(pastBuilds);
  if (guessed) return `building for ${durationText(seconds)}; no build has been timed here`;
  const end = seconds < usual ? `about ${durationText(usual - seconds)} left` : 'longer than usual';
  return `building for ${durationText(seconds)}, ${end}`;
}
