import { canaryNote, type CanaryRun } from './canary.ts';
import type { LoopHealth, Incident, UnclaimedBuilds } from './service-ports.ts';
import { plainText } from './text.ts';
import { leftText } from './reminders.ts';

/** What the health of the program is judged from. */
export interface HealthFacts {
  /** Somebody holds the lease of the service. */
  readonly watching: boolean;
  readonly loops: readonly LoopHealth[];
  readonly troubles: readonly Incident[];
  /** Builds that are due while no builder lives; null: there are none. */
  readonly unclaimed: UnclaimedBuilds | null;
  /** POLL_CRON asks for rarer polls than the default. */
  readonly rarePolls: boolean;
  /** The newest canary that came to an end. */
  readonly canary?: CanaryRun | null;
}

/**
 * The one judgement of how the program is. `problems` keep it from finding, verifying or notifying, a sentence each;
 * `notes` are worth knowing, and no reason to restart it.
 */
export interface ServiceHealth {
  readonly ok: boolean;
  /** `starting`: nothing is wrong, and not every vital loop has ended a good round since it began. */
  readonly vitality: 'starting' | 'working' | 'failing';
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/** One channel that the running service notifies, and whether it takes anything. */
export interface ChannelHealth {
  readonly id: string;
  readonly ok: boolean;
}

/** The loops without which no alert leaves in time. Others may build. */
const VITAL = ['discover', 'verify', 'clock', 'watchdog'];
const BUILDER = 'builder';
const DELIVER = 'deliver ';
const CHANNEL = 'channel ';
const CONSOLE = 'console';
const CONSOLE_ONLY = 'console-only';
const MINUTE_MS = 60_000;
/** A failed round is an outage of a moment; this long without a good one is not. */
export const GRACE_MS = 5 * MINUTE_MS;

/** How the program is at this time (UTC milliseconds). */
export function healthOf(facts: HealthFacts, nowMs: number): ServiceHealth {
  const { watching, loops, troubles } = facts;
  if (!watching) return unhealthy('The service is not running: start `nns-watch watch`.');
  if (loops.length === 0) return unhealthy('No loop of the service has completed a round yet.');
  const channels = channelsOf(facts, nowMs);
  const vital = loops.filter(({ loop }) => loop === BUILDER || VITAL.includes(loop));
  const missing = VITAL.filter((name) => !loops.some(({ loop }) => loop === name));
  const [grave, light] = [troubles.filter(isVital), troubles.filter((trouble) => !isVital(trouble))];
  const problems = [
    ...missing.map((name) => `${name} has never completed a round.`),
    ...vital.flatMap((loop) => loopProblem(loop, facts, nowMs)),
    ...sentencesOf(grave),
    ...unclaimedProblem(facts, nowMs),
    ...channelProblem(channels),
  ];
  const onlyConsole = channels.length > 0 && channels.every(({ id }) => id === CONSOLE);
  const notes = [
    ...(onlyConsole ? [CONSOLE_ONLY] : []),
    ...sentencesOf(light),
    ...(facts.canary ? [canaryNote(facts.canary, nowMs)] : []),
  ];
  const ok = problems.length === 0;
  return { ok, vitality: !ok ? 'failing' : vital.every(hasWorked) ? 'working' : 'starting', problems, notes };
}

/** A note as people read it. */
export function noteText(note: string): string {
  return note === CONSOLE_ONLY ? 'Only the console receives notices: no chat channel is configured.' : note;
}

export function unhealthy(problem: string): ServiceHealth {
  return { ok: false, vitality: 'failing', problems: [problem], notes: [] };
}

/** Ready: the service runs, and its first poll went well. */
export function isReady({ watching, loops }: Pick<HealthFacts, 'watching' | 'loops'>): boolean {
  return watching && loops.some((row) => row.loop === 'discover' && hasWorked(row));
}

function hasWorked({ begunMs, lastOkMs }: LoopHealth): boolean {
  return lastOkMs !== null && lastOkMs >= (begunMs ?? 0);
}

/** The channels of the running service; what was configured once and is no more does not count. */
export function channelsOf(
  { loops, troubles }: Pick<HealthFacts, 'loops' | 'troubles'>,
  nowMs: number,
): readonly ChannelHealth[] {
  return loops
    .filter(({ loop }) => loop.startsWith(DELIVER))
    .map((loop) => {
      const id = loop.loop.slice(DELIVER.length);
      return { id, ok: failingMs(loop, nowMs) < GRACE_MS && !troubles.some(({ key }) => key === `${CHANNEL}${id}`) };
    });
}

/** For how many milliseconds no round has ended well, where the latest one failed; 0: it did not. */
export function failingMs(health: LoopHealth, nowMs: number): number {
  const { begunMs, lastOkMs, lastFailure } = health;
  const fails = lastFailure !== null && lastFailure.atMs > Math.max(lastOkMs ?? 0, begunMs ?? 0);
  return fails ? Math.max(0, nowMs - lastGoodMs(health)) : 0;
}

/** How long a loop may end no round, in milliseconds: longer, and it hangs. */
function silenceLimitMs(loop: string, { rarePolls }: HealthFacts): number {
  if (loop === 'discover' && rarePolls) return 26 * 60 * MINUTE_MS;
  return 10 * MINUTE_MS;
}

function loopProblem(health: LoopHealth, facts: HealthFacts, nowMs: number): string[] {
  const { loop, begunMs, lastOkMs, lastFailure } = health;
  const failing = failingMs(health, nowMs);
  if (failing >= GRACE_MS) {
    const why = `${plainText(lastFailure?.message ?? '', 300)} (${lastFailure?.code ?? ''})`;
    return [`${loop} has failed for ${leftText(failing / 1000)}: ${why}`];
  }
  const silent = nowMs - lastGoodMs(health);
  if (silent <= silenceLimitMs(loop, facts)) return [];
  const never = lastOkMs === null && begunMs === null;
  return [
    never
      ? `${loop} has never completed a round.`
      : `${loop} has not completed a round for ${leftText(silent / 1000)}.`,
  ];
}

function lastGoodMs({ begunMs, lastOkMs }: LoopHealth): number {
  return Math.max(lastOkMs ?? 0, begunMs ?? 0);
}

/** The console shows what a log shows: where others are configured, it is no channel that people watch. */
function channelProblem(channels: readonly ChannelHealth[]): string[] {
  const others = channels.filter(({ id }) => id !== CONSOLE);
  const watched = others.length > 0 ? others : channels;
  if (watched.length === 0) return ['No channel receives notices.'];
  return watched.some(({ ok }) => ok) ? [] : ['Every channel is failing.'];
}

function isVital({ key }: Incident): boolean {
  return [BUILDER, 'queue build'].includes(key) || key.startsWith('loop ') || key.startsWith('disk ');
}

function sentencesOf(troubles: readonly Incident[]): string[] {
  return troubles.map(({ sentence }) => plainText(sentence, 300));
}

/** Others build, and none does; said by its own incident where the watchdog saw it. */
function unclaimedProblem({ unclaimed, troubles }: HealthFacts, nowMs: number): string[] {
  const isKnown = troubles.some(({ key }) => key === 'queue build');
  if (unclaimed === null || isKnown || nowMs - unclaimed.sinceMs < GRACE_MS) return [];
  return ['Builds are waiting, but no builder is running.'];
}
