import type { Notice } from '../domain/notice.ts';
import type { Progress, RunId } from '../domain/ports.ts';
import type { Clock } from '../platform/clock.ts';
import type { RunReport } from './run-report.ts';
import type { ServiceStore } from '../store/service-store.ts';

export interface ProgressReporterDeps {
  readonly store: Pick<ServiceStore, 'outbox' | 'stages'>;
  /** For the job's row, where `status` reads it. */
  readonly say: (progress: unknown) => void;
  readonly clock: Clock;
  readonly notifiers: readonly string[];
  readonly signal: AbortSignal;
}

/** How often a run's progress may be told. */
const PROGRESS_MS = 60_000;
const LOOK_MS = 1000;
/** Percent that are worth another edit of the message. */
const STEP = 5;

/** Brings a run's progress on its way, in order, one write at a time. */
export class ProgressReporter {
  readonly #report: RunReport;
  readonly #deps: ProgressReporterDeps;
  readonly #closed = new AbortController();
  readonly #looking: Promise<void>;
  #writes: Promise<void> = Promise.resolve();
  #run: RunId | null = null;
  #told = { at: -Infinity, what: '' };

  constructor(report: RunReport, deps: ProgressReporterDeps) {
    this.#report = report;
    this.#deps = deps;
    this.#looking = this.#keepLooking();
  }

  started(run: RunId): void {
    this.#run = run;
  }

  heard(event: Progress): void {
    const { say, store } = this.#deps;
    if (event.type === 'stage' || event.type === 'build' || event.type === 'build-waits') say(this.#report.said());
    const run = this.#run;
    if (run === null) return;
    if (event.type === 'stage') this.#write(() => store.stages.entered(run, event.stage));
  }

  /** Resolves once everything that was heard is stored; throws where something of it could not be. */
  async settled(): Promise<void> {
    await this.#writes;
  }

  async close(): Promise<void> {
    this.#closed.abort();
    await this.#looking;
    await this.#writes;
  }

  #write(work: () => Promise<void>): void {
    this.#writes = this.#writes.then(work);
    // Met by whoever waits for what was heard.
    this.#writes.catch(() => undefined);
  }

  async #keepLooking(): Promise<void> {
    const { clock, signal } = this.#deps;
    const over = AbortSignal.any([this.#closed.signal, signal]);
    for (;;) {
      await clock.sleep(LOOK_MS, over);
      if (over.aborted) return;
      this.#tellProgress();
    }
  }

  #tellProgress(): void {
    const { clock, store, notifiers } = this.#deps;
    if (!this.#report.isNews) return;
    const { stage, percent } = this.#report.standing();
    const what = `${stage} ${percent === null ? '' : Math.floor(percent / STEP)}`;
    if (what === this.#told.what || clock.now() - this.#told.at < PROGRESS_MS || this.#run === null) return;
    this.#told = { at: clock.now(), what };
    const notice: Notice = this.#report.progressNotice();
    this.#write(() => store.outbox.enqueue([notice], notifiers));
  }
}
