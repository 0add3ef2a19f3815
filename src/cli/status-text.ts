import type { HeldJob, Status } from '../operator/queries.ts';
import { utc } from '../domain/verdict-document.ts';
import { CANARY_RIGHT } from '../domain/canary.ts';
import { noteText } from '../domain/health.ts';
import { progressText } from '../domain/election-words.ts';
import type { LoopHealth } from '../domain/service-ports.ts';
import { MARKS } from '../domain/marks.ts';
import { plainText } from '../domain/text.ts';
import { estimate, leftText } from '../domain/reminders.ts';
import { durationText } from './duration.ts';
import { electionTable } from './election-text.ts';
import { fitted } from './wrapped.ts';

/** Most elections that fit on the screen. */
const MOST = 8;

/** `status` for people: what is not well, what runs, what waits until when. What is well needs no line. */
export function statusText(status: Status, stream: { readonly columns?: number | undefined } = {}): string {
  const { network, toolVersion, at, health, watching, leases, elections } = status;
  const more = elections.length > MOST ? [`… and ${elections.length - MOST} more`] : [];
  const lines = [
    ...(network === 'mainnet' ? [] : [network]),
    `nns-watch ${toolVersion} · ${utc(at)} · ${health.ok ? 'all is well' : 'NOT HEALTHY'}`,
    ...health.problems.map((problem) => `${MARKS.mismatch} ${problem}`),
    ...health.notes
      .filter((note) => !note.startsWith(CANARY_RIGHT))
      .map((note) => `${MARKS.warning} ${noteText(note)}`),
    '',
    `Service:  ${watching ? 'running' : 'not running'}`,
    `Builders: ${builders(leases)}`,
    ...status.queue
      .filter(({ waiting, held }) => waiting + held > 0)
      .map(({ kind, waiting, held }) => `Queue:    ${kind}: ${held} running, ${waiting} waiting`),
    ...section(
      'Running',
      status.held.map((job) => heldLine(job, status)),
    ),
    ...section(
      'Loops that fail',
      status.loops.filter(isFailing).map((loop) => loopLine(loop, at)),
    ),
    ...section('Channels with something to send', status.deliveries.filter(hasWork).map(channelLine)),
    ...section('Open elections', [
      ...fitted([...electionTable(elections.slice(0, MOST), at), ...more].map(indented), stream),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function isFailing({ lastOkMs, lastFailure }: LoopHealth): boolean {
  return lastFailure !== null && lastFailure.atMs > (lastOkMs ?? 0);
}

function hasWork({ waiting, failing, dead }: Status['deliveries'][number]): boolean {
  return waiting + failing + dead > 0;
}

function builders(leases: readonly string[]): string {
  const names = leases.flatMap((name) => /^builder (.+)$/.exec(name)?.[1] ?? []);
  return names.length === 0 ? 'none' : names.map((name) => plainText(name, 60)).join(', ');
}

function heldLine({ kind, key, worker, sinceMs, attempt, progress }: HeldJob, { at, pastBuilds }: Status): string {
  const since = durationText((at - sinceMs) / 1000);
  const told = kind === 'build' ? buildText(sinceMs, pastBuilds) : progressText(progress);
  const tries = attempt > 1 ? `, try ${attempt}` : '';
  return `  ${kind} ${plainText(key, 60)} for ${since}${tries} by ${plainText(worker, 40)}: ${told}`;
}

function buildText(sinceMs: number, pastBuilds: readonly number[]): string {
  const { seconds, guessed } = estimate(pastBuilds);
  return `expected until ${utc(sinceMs + seconds * 1000)}${guessed ? ' (a guess: nothing was built here yet)' : ''}`;
}

function loopLine({ loop, lastOkMs, lastFailure }: LoopHealth, at: number): string {
  const ok = lastOkMs === null ? 'not well yet' : `well ${leftText((at - lastOkMs) / 1000)} ago`;
  const failed =
    lastFailure && lastFailure.atMs > (lastOkMs ?? 0) ? `, failing: ${plainText(lastFailure.message, 200)}` : '';
  return `  ${plainText(loop, 60)}: ${ok}${failed}`;
}

function channelLine({ notifier, waiting, failing, dead, sentAtMs }: Status['deliveries'][number]): string {
  const sent = sentAtMs === null ? 'nothing sent yet' : `sent last ${utc(sentAtMs)}`;
  const bad = [...(failing > 0 ? [`${failing} failing`] : []), ...(dead > 0 ? [`${dead} given up`] : [])];
  return `  ${plainText(notifier, 60)}: ${[sent, `${waiting} waiting`, ...bad].join(', ')}`;
}

function indented(line: string): string {
  return `  ${line}`;
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', `${title}:`, ...lines];
}
