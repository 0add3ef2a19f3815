import { asWatchError } from '../domain/errors.ts';
import type { Notifier } from '../domain/notice.ts';
import type { Log } from '../platform/log.ts';
import type { NoteFile } from '../platform/note-file.ts';
import { incidentNotice, type IncidentDeps } from './incidents.ts';

export interface StorageAlertDeps extends Pick<IncidentDeps, 'network' | 'now'> {
  readonly notifiers: readonly Pick<Notifier, 'id' | 'deliver'>[];
  /** Remembers over a restart what was told and is not over. */
  readonly note: Pick<NoteFile, 'prepare' | 'read' | 'write'>;
  readonly log: Log;
}

/** One failed write may be a hiccup; the second in a row is trouble. */
const FAILURES = 2;
/** A start frees a little room, which is soon used up again; so many good writes in a row are an end. */
const SUCCESSES = 5;

interface Told {
  /** UTC milliseconds. */
  readonly at: number;
  readonly message: string;
}

/**
 * What cannot be stored cannot go through the outbox: that the database takes nothing any more is told directly, once,
 * and so is its end, if need be by the next process.
 */
export class StorageAlert {
  readonly #deps: StorageAlertDeps;
  #failures = 0;
  #successes = 0;
  #told: Told | null = null;

  constructor(deps: StorageAlertDeps) {
    this.#deps = deps;
  }

  /** Takes up what an earlier process told; before anything else. */
  async begin(): Promise<void> {
    const { note, log } = this.#deps;
    await note.prepare().catch((error: unknown) => log.warn('Full disk could not be recorded', { error }));
    this.#told = toldOf(await note.read());
  }

  /** Runs what writes; tells where it fails again because nothing can be stored. Throws what it threw. */
  async around(write: () => Promise<void>, signal: AbortSignal): Promise<void> {
    try {
      await write();
    } catch (thrown) {
      await this.failed(thrown, signal);
      throw thrown;
    }
    this.#failures = 0;
    this.#successes += 1;
    if (this.#told === null || this.#successes < SUCCESSES) return;
    const { at, message } = this.#told;
    await this.#remember(null);
    await this.#tell(`trouble storage ${at} over`, `Over, what happens is stored again: ${message}`, signal);
  }

  /** Somebody else could not write; nothing happens where storing is not what failed. */
  async failed(thrown: unknown, signal: AbortSignal): Promise<void> {
    const { kind, message } = asWatchError(thrown);
    if (kind !== 'storage') return;
    this.#successes = 0;
    this.#failures += 1;
    if (this.#told !== null || this.#failures < FAILURES) return;
    const at = this.#deps.now();
    await this.#remember({ at, message });
    const sentence = `Trouble: nothing can be stored, so nothing new is found, judged or told. ${message}`;
    await this.#tell(`trouble storage ${at}`, sentence, signal);
  }

  /** The service could not start, or ends: nobody else will tell why. Those that are started after it tell it no more. */
  async ends(thrown: unknown, signal: AbortSignal): Promise<void> {
    const { kind, message } = asWatchError(thrown);
    if (kind !== 'storage' || this.#told !== null) return;
    const at = this.#deps.now();
    if (!(await this.#remember({ at, message }))) return;
    await this.#tell(`trouble storage ${at}`, `Trouble: the service does not run. ${message}`, signal);
  }

  async #remember(told: Told | null): Promise<boolean> {
    const { note, log } = this.#deps;
    this.#told = told;
    try {
      await note.write(told === null ? '' : JSON.stringify({ at: told.at, message: told.message.slice(0, 500) }));
      return true;
    } catch (error) {
      log.warn('Full disk could not be recorded', { error });
      return false;
    }
  }

  async #tell(key: string, sentence: string, signal: AbortSignal): Promise<void> {
    const { notifiers, log } = this.#deps;
    const notice = incidentNotice(key, sentence, this.#deps);
    const tellings = notifiers.map(async (notifier) => {
      try {
        await notifier.deliver(notice, { previous: null, attempt: 0, signal });
      } catch (error) {
        log.warn('Notice could not be sent directly', { notifier: notifier.id, key, error });
      }
    });
    await Promise.all(tellings);
  }
}

function toldOf(text: string): Told | null {
  try {
    const { at, message } = JSON.parse(text) as Partial<Told>;
    return typeof at === 'number' && typeof message === 'string' ? { at, message } : null;
  } catch {
    return null;
  }
}
