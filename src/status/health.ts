import type { Status } from '../domain/overview.ts';
import type { LoopHealth } from '../domain/service-ports.ts';
import { leftText } from '../domain/timeline.ts';

/** `ok`: it finds, verifies and tells. `notes`: worth knowing, and no reason to restart it. */
export interface HealthReport {
  readonly ok: boolean;
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/** One channel that the service tells, and whether it is told. */
export interface ChannelState {
  readonly id: string;
  readonly ok: boolean;
}

/** The loops without which nobody is told in time. */
const VITAL = ['discover', 'verify', 'clock', 'builder', 'watchdog'];
const DELIVER = 'deliver ';
const CHANNEL = 'channel ';
const CONSOLE = 'console';
/** A failed round is an outage of a moment; this long without a good one is not. As the watchdog has it. */
const PATIENCE_MS = 5 * 60_000;

/** Unhealthy: polls, builds or every channel fail, or nothing runs at all. `silenceMs`: how long a loop may be silent. */
export function healthOf(status: Status, silenceMs: (loop: string) => number): HealthReport {
  if (!status.watching) return { ok: false, problems: ['The service is not running.'], notes: [] };
  if (status.loops.length === 0) return { ok: false, problems: ['No loop of the service runs.'], notes: [] };
  const { loops, troubles, at } = status;
  const channels = channelsOf(status);
  const problems = [
    ...loops.filter(({ loop }) => VITAL.includes(loop)).flatMap((loop) => loopProblem(loop, silenceMs(loop.loop), at)),
    ...troubles.filter(({ key }) => isVital(key)).map(({ sentence }) => sentence),
    ...unbuilt(status),
    ...untold(channels),
  ];
  const notes = [
    ...(channels.length > 0 && channels.every(({ id }) => id === CONSOLE) ? ['console-only'] : []),
    ...troubles.filter(({ key }) => !isVital(key)).map(({ sentence }) => sentence),
  ];
  return { ok: problems.length === 0, problems, notes };
}

/** Ready: the service runs, and its first look for proposals went well. */
export function isReady({ watching, loops }: Status): boolean {
  const discover = loops.find(({ loop }) => loop === 'discover');
  if (!watching || !discover) return false;
  return discover.lastOkMs !== null && discover.lastOkMs >= (discover.begunMs ?? 0);
}

/** The channels of the running service; what was configured once and is no more does not count. */
export function channelsOf({ loops, troubles, at }: Status): readonly ChannelState[] {
  return loops
    .filter(({ loop }) => loop.startsWith(DELIVER))
    .map((loop) => {
      const id = loop.loop.slice(DELIVER.length);
      return { id, ok: !isFailing(loop, at) && !troubles.some(({ key }) => key === `${CHANNEL}${id}`) };
    });
}

/** The console shows what a log shows: where others are configured, it is no channel that people watch. */
function untold(channels: readonly ChannelState[]): string[] {
  const others = channels.filter(({ id }) => id !== CONSOLE);
  const told = others.length > 0 ? others : channels;
  if (told.length === 0) return ['No channel is told anything.'];
  return told.some(({ ok }) => ok) ? [] : ['Every channel fails.'];
}

function loopProblem(health: LoopHealth, silence: number, at: number): string[] {
  const { loop, lastFailure } = health;
  const quiet = at - lastGood(health);
  if (isFailing(health, at)) return [`${loop} has failed for ${leftText(quiet / 1000)}: ${lastFailure?.code ?? ''}.`];
  return quiet > silence ? [`${loop} has ended no round for ${leftText(quiet / 1000)}.`] : [];
}

function isFailing(health: LoopHealth, at: number): boolean {
  const { lastOkMs, lastFailure } = health;
  return lastFailure !== null && lastFailure.atMs > (lastOkMs ?? 0) && at - lastGood(health) >= PATIENCE_MS;
}

function lastGood({ begunMs, lastOkMs }: LoopHealth): number {
  return Math.max(lastOkMs ?? 0, begunMs ?? 0);
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
