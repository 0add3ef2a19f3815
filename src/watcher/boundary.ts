import { HttpAgent } from '@icp-sdk/core/agent';
import { setTimeout as wait } from 'node:timers/promises';
import { BACKOFF, pauseMs, type FewTries } from '../domain/backoff.ts';
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
  /** Of the rounds over hosts in trouble. Default: `BACKOFF.canister`. */
  readonly backoff?: FewTries;
  /** Milliseconds after which the next host is asked beside one that has not answered yet. */
  readonly hedgeMs?: number;
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

/** An honest update call takes a few seconds; nobody's silence may hold the answer of the next host for ten. */
const HEDGE_MS = 5_000;
/** The agent asks a doubtful host for the time and then believes it, so its idea of our clock is looked at afterwards. */
const MAX_DRIFT_MS = 120_000;

/**
 * Does the work at the first host that can be trusted. A host that is slow to answer is not waited for alone: the next
 * one is asked beside it, and the first answer that holds is taken. Hosts in trouble are asked again, a few times; one
 * whose answer does not hold is not. Never throws for what hosts do.
 */
export async function atAnyHost<T>(
  deps: BoundaryDeps,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<Reached<T>> {
  const failures = new Map<string, HostFailure>();
  const backoff = deps.backoff ?? BACKOFF.canister;
  for (let round = 1; ; round += 1) {
    const hosts = deps.hosts.filter((host) => round === 1 || failures.get(host)?.kind === 'transport');
    const asked = await askInTurn(deps, hosts, signal, work);
    if (asked.status === 'reached') return asked;
    for (const failure of asked.failures) failures.set(failure.host, failure);
    const final = asked.failures.find((failure) => failure.final);
    if (final) return { status: 'failed', failures: [final] };
    const all = deps.hosts.flatMap((host) => failures.get(host) ?? []);
    if (round >= backoff.tries || signal.aborted || !all.some(({ kind }) => kind === 'transport')) {
      return { status: 'failed', failures: all };
    }
    const pause = Math.min(Math.max(pauseMs(backoff, round), asked.retryAfterMs), backoff.mostMs);
    await wait(pause, undefined, { signal }).catch(() => undefined);
  }
}

type Asked<T> =
  | Extract<Reached<T>, { status: 'reached' }>
  | { readonly status: 'failed'; readonly failures: readonly HostFailure[]; readonly retryAfterMs: number };

/** Each host once; the next one as soon as one failed, or was silent for too long. */
async function askInTurn<T>(
  deps: BoundaryDeps,
  hosts: readonly string[],
  outer: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<Asked<T>> {
  const over = new AbortController();
  const signal = AbortSignal.any([outer, over.signal]);
  const [left, failures] = [[...hosts], [] as HostFailure[]];
  const asked = new Map<string, Promise<{ readonly host: string; readonly ended: Asked<T> }>>();
  let retryAfterMs = 0;
  try {
    for (;;) {
      const next = outer.aborted ? undefined : left.shift();
      if (next !== undefined) asked.set(next, askOne(deps, next, signal, work));
      if (asked.size === 0) return { status: 'failed', failures, retryAfterMs };
      const first = await firstOf([...asked.values()], left.length > 0 ? (deps.hedgeMs ?? HEDGE_MS) : null, outer);
      if (first === null) continue;
      const { host, ended } = first;
      if (ended.status === 'reached') return ended;
      asked.delete(host);
      failures.push(...ended.failures);
      retryAfterMs = Math.max(retryAfterMs, ended.retryAfterMs);
      if (failures.some(({ final }) => final)) return { status: 'failed', failures, retryAfterMs };
    }
  } finally {
    over.abort();
  }
}

/** null: none of them ended within that time. Null for the time: they are waited for. */
async function firstOf<T>(ends: readonly Promise<T>[], ms: number | null, outer: AbortSignal): Promise<T | null> {
  if (ms === null) return Promise.race(ends);
  const enough = new AbortController();
  const late = wait(ms, null, { signal: AbortSignal.any([outer, enough.signal]) }).catch(() => null);
  return Promise.race([...ends, late]).finally(() => enough.abort());
}

async function askOne<T>(
  deps: BoundaryDeps,
  host: string,
  signal: AbortSignal,
  work: (session: Session) => Promise<T>,
): Promise<{ readonly host: string; readonly ended: Asked<T> }> {
  const exchange = newExchange();
  try {
    const value = await attempt(deps, host, signal, exchange, work);
    return { host, ended: { status: 'reached', host, value } };
  } catch (thrown) {
    const { retryAfterMs, aheadMs } = exchange;
    return { host, ended: { status: 'failed', failures: [{ ...hostFailure(host, thrown), aheadMs }], retryAfterMs } };
  }
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
    const fetch = boundedFetch(deps.fetch, signal, exchange, deps.clock);
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
