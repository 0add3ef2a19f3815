import type { Clock } from './clock.ts';

export interface HeldTermOptions {
  readonly clock: Pick<Clock, 'sleep'>;
  /** How long what is held outlives its last acknowledged renewal. */
  readonly leaseMs: number;
  /** Between two looks at whether there is something to say with a renewal; none is ever later than a quarter lease. */
  readonly everyMs?: number;
  /** Whether there is, so that the renewal is not put off. */
  readonly news?: () => boolean;
  /** False: somebody else has it. */
  readonly renew: () => Promise<boolean>;
  /** Told of each renewal that failed. */
  readonly onFailure: (trouble: unknown) => void;
  /** What `lost` is aborted with. */
  readonly lostError: (why: 'taken' | 'over') => Error;
}

/** One lease's length, counted from before its acknowledgement was asked for. */
interface Term {
  readonly cancel: () => void;
  isOver: boolean;
}

/**
 * What is held for a time, and renewed while it is held. It is given up at the lease's length after the last renewal
 * that was acknowledged had been *sent*, by a timer of its own: the wall clock may jump, and a renewal may hang, fail or
 * be answered when it is too late. Timers go by the monotonic clock. @see https://nodejs.org/api/timers.html
 */
export class HeldTerm {
  readonly #options: HeldTermOptions;
  readonly #ended = new AbortController();
  readonly #lost = new AbortController();
  #term: Term | null = null;
  #sending = 0;

  constructor(options: HeldTermOptions) {
    this.#options = options;
  }

  /** Takes it; null: `take` did not get it. The time runs from before it is asked for. */
  static async begin(options: HeldTermOptions, take: () => Promise<boolean>): Promise<HeldTerm | null> {
    const held = new HeldTerm(options);
    const term = held.#newTerm();
    const got = await take().catch((thrown: unknown) => {
      term.cancel();
      throw thrown;
    });
    if (!got) {
      term.cancel();
      return null;
    }
    held.#acknowledged(term);
    void held.#keep();
    return held;
  }

  /** Goes on with what was taken a moment ago. The first renewal goes out at once: it tells whether it is ours still. */
  static goOn(options: HeldTermOptions): HeldTerm {
    const held = new HeldTerm(options);
    held.#acknowledged(held.#newTerm());
    void held.#renew();
    void held.#keep();
    return held;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Renews no more. Waits for nothing: a renewal that is under way may never come back. */
  end(): void {
    this.#ended.abort();
    this.#term?.cancel();
  }

  /** Waits for work, but not beyond the time at which the lease is over by itself. */
  async atMost(work: Promise<void>): Promise<void> {
    work.catch(() => undefined);
    if (this.#lost.signal.aborted) return;
    const enough = new AbortController();
    const over = this.#options.clock.sleep(this.#options.leaseMs, enough.signal);
    await Promise.race([work, over]).finally(() => enough.abort());
  }

  async #keep(): Promise<void> {
    const { clock, leaseMs, everyMs = leaseMs / 4, news = () => true } = this.#options;
    const over = AbortSignal.any([this.#ended.signal, this.#lost.signal]);
    for (;;) {
      const quarter = { isOver: false };
      // By a timer, and not by counting the short ones, each of which may come late.
      void clock.sleep(leaseMs / 4, over).then(() => (quarter.isOver = true));
      do {
        await clock.sleep(everyMs, over);
        if (over.aborted) return;
        // One that hangs does not keep back the next for ever: perhaps only its answer was lost.
      } while (!quarter.isOver && (this.#sending > 0 || !news()));
      void this.#renew();
    }
  }

  async #renew(): Promise<void> {
    const term = this.#newTerm();
    this.#sending += 1;
    try {
      const isOurs = await this.#options.renew();
      if (isOurs && !this.#ended.signal.aborted) {
        this.#acknowledged(term);
        return;
      }
      if (!isOurs) this.#lose('taken');
    } catch (trouble) {
      if (!this.#ended.signal.aborted) this.#options.onFailure(trouble);
    } finally {
      this.#sending -= 1;
    }
    term.cancel();
  }

  #newTerm(): Term {
    const cancelled = new AbortController();
    const term: Term = { cancel: () => cancelled.abort(), isOver: false };
    void this.#options.clock.sleep(this.#options.leaseMs, cancelled.signal).then(() => {
      if (cancelled.signal.aborted) return;
      term.isOver = true;
      if (this.#term === term) this.#lose('over');
    });
    return term;
  }

  /** An answer that came when its own term was over already says nothing about now. */
  #acknowledged(term: Term): void {
    const isLost = this.#lost.signal.aborted;
    (isLost ? term : this.#term)?.cancel();
    if (isLost) return;
    this.#term = term;
    if (term.isOver) this.#lose('over');
  }

  #lose(why: 'taken' | 'over'): void {
    this.#term?.cancel();
    if (this.#lost.signal.aborted || this.#ended.signal.aborted) return;
    this.#lost.abort(this.#options.lostError(why));
  }
}
