import { createHash } from 'node:crypto';
import type { CommitId, ProposalId } from '../../src/domain/ids.ts';
import { scratchDirectory } from '../support/databases.ts';
import { VirtualClock } from '../support/virtual-clock.ts';
import { Chat, type Shown } from './chat.ts';
import { startService, type RunningService } from './harness.ts';
import { type Rig } from './rig.ts';
import { Outside, type SimElection } from './outside.ts';

export const HOUR = 3600;
export const DAY = 86_400;
/** 2026-09-18 06:00 UTC, a Friday. */
export const BEGIN = Date.UTC(2026, 8, 18, 6) / 1000;

export const commitOf = (name: string): CommitId => createHash('sha1').update(name).digest('hex') as CommitId;

/** An election of four days, submitted after `hours` of the story; plain where nothing else is said. */
export function electionAt(
  hours: number,
  id: string,
  changes: Partial<Omit<SimElection, 'id'>> & { readonly lastsHours?: number } = {},
): SimElection {
  const { lastsHours = 96, ...rest } = changes;
  const submittedAt = BEGIN + hours * HOUR;
  const deadlineAt = submittedAt + lastsHours * HOUR;
  return {
    id: id as ProposalId,
    commit: commitOf(id),
    component: 'guestos',
    behaviour: 'verified',
    submittedAt,
    deadlineAt,
    decidedAt: rest.moved?.deadlineAt ?? deadlineAt,
    ends: 'executed',
    ...rest,
  };
}

export type TimelineOptions = Partial<Omit<Rig, 'clock' | 'outside' | 'directory'>> & {
  readonly quantumSeconds?: number;
};

/** A story about the service, told in hours after its beginning. */
export class Timeline {
  readonly clock: VirtualClock;
  readonly outside: Outside;
  readonly bot: Chat;
  readonly hook: Chat;
  readonly rig: Rig;
  readonly #remove: () => void;
  #running: RunningService | null = null;
  /** Called when a process is started. */
  onStart: () => void = () => undefined;

  constructor(elections: readonly SimElection[], { quantumSeconds = 10, ...options }: TimelineOptions = {}) {
    const { path: directory, remove } = scratchDirectory();
    this.#remove = remove;
    this.clock = new VirtualClock(BEGIN * 1000, quantumSeconds * 1000);
    const now = (): number => this.clock.now();
    this.outside = new Outside(elections, now);
    this.bot = new Chat({ id: 'bot', kind: 'bot', now });
    this.hook = new Chat({ id: 'hook', kind: 'webhook', now });
    const { clock, outside, chats } = this;
    this.rig = { directory, clock, outside, chats, buildSeconds: HOUR, ...options };
  }

  get chats(): readonly Chat[] {
    return [this.bot, this.hook];
  }

  get running(): RunningService {
    if (!this.#running) throw new Error('the service does not run');
    return this.#running;
  }

  async start(): Promise<void> {
    this.onStart();
    this.#running = await startService(this.rig);
  }

  async kill(): Promise<void> {
    await this.running.kill();
    this.#running = null;
  }

  /** As asked by a signal. */
  async stop(): Promise<void> {
    await this.running.stop();
    this.#running = null;
  }

  /** Lets the time pass until so many hours after the beginning. */
  async until(hours: number): Promise<void> {
    await this.clock.advanceTo((BEGIN + hours * HOUR) * 1000);
  }

  /** As `until`, where something starts the service again that could not start or ended by itself. */
  async supervised(hours: number, stepMs = 300_000): Promise<readonly unknown[]> {
    const failures: unknown[] = [];
    const untilMs = (BEGIN + hours * HOUR) * 1000;
    while (this.clock.now() < untilMs) {
      try {
        if (this.#running?.lost.aborted) await this.kill();
        if (!this.#running) await this.start();
      } catch (thrown) {
        failures.push(thrown);
      }
      await this.clock.advanceTo(Math.min(untilMs, this.clock.now() + stepMs));
    }
    return failures;
  }

  async end(): Promise<void> {
    if (this.#running) await this.kill();
    this.#remove();
  }
}

/** When something was shown, in hours after the beginning. */
export const hourOf = ({ at }: Shown): number => (at / 1000 - BEGIN) / HOUR;

/** What was told apart from progress: how far a build is depends on the machine, and is nothing to keep. */
export function news(shown: readonly Shown[], proposal?: string): readonly Shown[] {
  return shown.filter((each) => each.type !== 'progress' && (proposal === undefined || each.proposal === proposal));
}

/** The keys of what was told, without the proposal's own number. */
export function keys(shown: readonly Shown[], proposal: string): readonly string[] {
  return news(shown, proposal).map(({ key }) => key.replace(`proposal ${proposal} `, ''));
}
