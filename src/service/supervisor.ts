import { asWatchError } from '../domain/errors.ts';
import type { Log } from '../platform/log.ts';
import type { Health } from '../domain/service-ports.ts';
import { Loop, type Ticker } from './loop.ts';

export interface LoopPlan {
  readonly name: string;
  readonly ticker: Ticker;
  readonly round: (signal: AbortSignal) => Promise<void>;
  /** Waits for what its rounds left going on. */
  readonly stopped?: () => Promise<void>;
}

export interface ServiceDeps {
  readonly health: Health;
  readonly log: Log;
  /** UTC milliseconds. */
  readonly now: () => number;
}

/** A good round is written down this often; a failed one, and the first good one after it, always. */
const OK_EVERY_MS = 30_000;

/** The longest round is the first list of all elections there ever were, with hosts that let each call time out. */
const STUCK_MS = 3_600_000;

/** The loops of the service, with the record of how their rounds ended. */
export class Service {
  readonly #deps: ServiceDeps;
  #plans: readonly LoopPlan[];
  readonly #loops: Map<string, Loop>;
  readonly #last = new Map<string, { readonly ok: boolean; readonly at: number }>();
  #stopping = false;
  #writing: Promise<void> = Promise.resolve();

  constructor(plans: readonly LoopPlan[], deps: ServiceDeps) {
    this.#deps = deps;
    this.#plans = plans;
    this.#loops = new Map(plans.map((plan) => [plan.name, this.#loopOf(plan)]));
  }

  async start(): Promise<void> {
    await this.#deps.health.begin([...this.#loops.keys()], this.#deps.now());
    for (const loop of this.#loops.values()) loop.start();
  }

  /** Ends some loops and begins others, which may have their names, while the rest goes on. */
  async exchange(names: readonly string[], plans: readonly LoopPlan[]): Promise<void> {
    const ending = names.flatMap((name) => this.#loops.get(name) ?? []);
    const gone = this.#plans.filter(({ name }) => names.includes(name));
    for (const name of names) this.#loops.delete(name);
    this.#plans = [...this.#plans.filter((plan) => !gone.includes(plan)), ...plans];
    await Promise.all(ending.map((loop) => loop.stop()));
    await Promise.all(gone.map((plan) => plan.stopped?.() ?? Promise.resolve()));
    if (this.#stopping) return;
    for (const plan of plans) this.#loops.set(plan.name, this.#loopOf(plan));
    await this.#deps.health.begin([...this.#loops.keys()], this.#deps.now());
    for (const { name } of plans) this.#loops.get(name)?.start();
  }

  #loopOf(plan: LoopPlan): Loop {
    return new Loop({ ...plan, ended: (name, failure) => this.#ended(name, failure) });
  }

  /** Loops whose round has not come to any end for longer than any can take: not failing, stuck. */
  stuck(): readonly string[] {
    const [now, loops] = [performance.now(), [...this.#loops]];
    return loops.flatMap(([name, { roundSince }]) => (now - (roundSince ?? now) > STUCK_MS ? [name] : []));
  }

  wake(name: string): void {
    this.#loops.get(name)?.wake();
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#loops.values()].map((loop) => loop.stop()));
    await Promise.all(this.#plans.map((plan) => plan.stopped?.() ?? Promise.resolve()));
    await this.#writing;
  }

  #ended(name: string, failure: unknown): void {
    const { log, now, health } = this.#deps;
    const [at, before] = [now(), this.#last.get(name)];
    const ok = failure === null;
    if (ok && before?.ok && at - before.at < OK_EVERY_MS) return;
    const error = ok ? null : asWatchError(failure);
    if (error && this.#stopping) {
      // What we broke off ourselves is no trouble of the loop's.
      log.debug('Round cancelled', { loop: name, error });
      return;
    }
    this.#last.set(name, { ok, at });
    if (error) log.warn('Round failed', { loop: name, error });
    else if (before?.ok === false) log.info('Loop recovered', { loop: name });
    const told = error && { code: error.code, message: error.message };
    this.#writing = this.#writing
      .then(() => health.ended(name, at, told))
      .catch((thrown: unknown) => log.error('Loop state could not be stored', { loop: name, error: thrown }));
  }
}
