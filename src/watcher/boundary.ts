import { HttpAgent } from '@icp-sdk/core/agent';
import { setTimeout as wait } from 'node:timers/promises';
import { WatchError } from '../domain/errors.ts';
import { boundedFetch, newExchange, type Exchange } from './bounded-fetch.ts';
import { rootKeyOf } from './certificate.ts';
import { hostFailure, type HostFailure } from './host-failure.ts';

export interface BoundaryDeps {
  /** Boundary nodes, as URLs without a path, in the order in which they are asked. */
  readonly hosts: readonly string[];
  /** DER; undefined: mainnet's. */
  readonly rootKey: Uint8Array | undefined;
  readonly fetch: typeof fetch;
  readonly clock: { now(): number };
  /** Most milliseconds of one attempt at one host. */
  readonly timeoutMs: number;
  /** Milliseconds before the second round over hosts in trouble; it doubles each time. */
  readonly backoffMs?: number;
}

/** One attempt at one boundary node. */
export interface Session {
  readonly host: string;
  readonly agent: HttpAgent;
  readonly signal: AbortSignal;
}

export type Reached<T> =
  | { readonly status: 'reached'; readonly value: T; readonly host: string }
  | { readonly status: 'failed'; readonly failures: readonly HostFailure[] };

const ROUNDS = 3;
const MAX_WAIT_MS = 30_000;
/** The agent asks a doubtful host for the time and then believes it, so its idea of our clock is looked at afterwards. */
const MAX_DRIFT_MS = 120_000;

/**
 * Does the work at the first host that can be trusted. Hosts in trouble are asked again, a few times; one whose answer
 * does not hold is not. Never throws for what hosts do.
 */
export async function atAnyHost<T>(
  deps: BoundaryDeps,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<Reached<T>> {
  const failures = new Map<string, HostFailure>();
  for (let round = 0, backoff = deps.backoffMs ?? 1_000; round < ROUNDS; round += 1, backoff *= 2) {
    let retryAfterMs = 0;
    for (const host of deps.hosts) {
      if (signal.aborted || (round > 0 && failures.get(host)?.kind !== 'transport')) continue;
      const exchange = newExchange();
      try {
        return { status: 'reached', host, value: await attempt(deps, host, signal, exchange, work) };
      } catch (thrown) {
        const failure = hostFailure(host, thrown);
        failures.set(host, failure);
        if (failure.final) return { status: 'failed', failures: [failure] };
        retryAfterMs = Math.max(retryAfterMs, exchange.retryAfterMs);
      }
    }
    if (round + 1 === ROUNDS || signal.aborted || ![...failures.values()].some(({ kind }) => kind === 'transport'))
      break;
    await wait(Math.min(Math.max(backoff, retryAfterMs), MAX_WAIT_MS), undefined, { signal }).catch(() => undefined);
  }
  return { status: 'failed', failures: [...failures.values()] };
}

async function attempt<T>(
  deps: BoundaryDeps,
  host: string,
  outer: AbortSignal,
  exchange: Exchange,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const signal = AbortSignal.any([outer, ended.signal, AbortSignal.timeout(deps.timeoutMs)]);
  try {
    const fetch = boundedFetch(deps.fetch, signal, exchange);
    // A new agent each time: what it learns of one host's clock must not touch the next.
    const agent = await HttpAgent.create({ host, rootKey: rootKeyOf(deps.rootKey), retryTimes: 0, fetch });
    const value = await unlessAborted(work({ host, agent, signal }), signal);
    const drift = agent.getTimeDiffMsecs();
    if (Math.abs(drift) > MAX_DRIFT_MS)
      throw staleAnswer(`its time is ${Math.round(drift / 1000)} s from this machine's`);
    return value;
  } finally {
    ended.abort();
  }
}

/** An answer that was signed too long ago, or is yet to be. */
export function staleAnswer(detail: string): WatchError {
  return new WatchError('untrusted', 'certificate-stale', `The answer is stale, or this clock is wrong: ${detail}.`);
}

/** The agent knows no signal; its own waiting between two polls must not hold us. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new WatchError('transport', 'no-answer-in-time', 'no answer in time'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
