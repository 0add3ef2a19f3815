import type { LoopHealth } from '../domain/service-ports.ts';
import type { Status } from '../domain/overview.ts';
import { leftText } from '../domain/timeline.ts';

/** `ok`: it does its work. `notes`: worth knowing, and no reason to restart it. */
export interface HealthReport {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/** The loops without which nobody is told in time. */
const VITAL = ['discover', 'verify', 'clock', 'builder', 'watchdog'];
const DELIVER = 'deliver ';
const CHANNEL = 'channel ';
const CONSOLE = 'console';
/** A failed round is an outage of a moment; this long without a good one is not. As the watchdog has it. */
const PATIENCE_MS = 5 * 60_000;

/** Whether it finds, verifies and tells. Unhealthy: polls, builds or every channel fail, or nothing runs at all. */
export function healthOf(status: Status): HealthReport {
  if (!status.watching) return { ok: false, problems: ['The service is not running.'], notes: [] };
  const channels = channelsOf(status);
  const problems = [
    ...status.loops.filter(({ loop }) => VITAL.includes(loop)).flatMap((loop) => failure(loop, status.at)),
    ...status.troubles.filter(({ key }) => isVital(key)).map(({ sentence }) => sentence),
    ...unbuilt(status),
    ...allFail(channels),
  ];
  const notes = [
    ...(channels.every(({ id }) => id === CONSOLE) ? ['console-only'] : []),
    ...status.problems.filter((problem) => !problems.includes(problem)),
  ];
  return { ok: problems.length === 0, problems, notes };
}

/** Ready: the service runs, and its first look for proposals went well. */
export function isReady({ watching, loops }: Status): boolean {
  const discover = loops.find(({ loop }) => loop === 'discover');
  if (!watching || !discover) return false;
  return discover.lastOkMs !== null && discover.lastOkMs >= (discover.begunMs ?? 0);
}

/** One channel that the service tells, and whether it is told. */
export interface ChannelState {
  readonly id: string;
  readonly ok: boolean;
}

/** The channels of the running service; what was configured once and is no more does not count. */
export function channelsOf({ loops, troubles, at }: Status): readonly ChannelState[] {
  return loops
    .filter(({ loop }) => loop.startsWith(DELIVER))
    .map((loop) => {
      const id = loop.loop.slice(DELIVER.length);
      return { id, ok: failure(loop, at).length === 0 && !troubles.some(({ key }) => key === `${CHANNEL}${id}`) };
    });
}

/** The console shows what a log shows: where others are configured, it is no channel that people watch. */
function allFail(channels: readonly ChannelState[]): string[] {
  const others = channels.filter(({ id }) => id !== CONSOLE);
  const told = others.length > 0 ? others : channels;
  if (told.length === 0) return ['No channel is told anything.'];
  return told.some(({ ok }) => ok) ? [] : ['Every channel fails.'];
}

function failure({ loop, begunMs, lastOkMs, lastFailure }: LoopHealth, at: number): string[] {
  const failing = lastFailure !== null && lastFailure.atMs > (lastOkMs ?? 0);
  const silence = at - Math.max(lastOkMs ?? 0, begunMs ?? 0);
  if (!failing || silence < PATIENCE_MS) return [];
  return [`${loop} has failed for ${leftText(silence / 1000)}: ${lastFailure.code}.`];
}

function isVital(key: string): boolean {
  return key === 'builder' || key.startsWith('loop ') || key.startsWith('disk ');
}

/** Others build, and nobody does. */
function unbuilt({ queue, leases, loops, at }: Status): string[] {
  const waiting = queue.find(({ kind }) => kind === 'build')?.waiting ?? 0;
  const begun = Math.max(0, ...loops.map(({ begunMs }) => begunMs ?? 0));
  const builds = leases.some((name) => name.startsWith('builder '));
  return waiting > 0 && !builds && at - begun >= PATIENCE_MS ? ['Builds wait, and no builder runs.'] : [];
}
