import { WatchError } from '../domain/errors.ts';
import { unavailable, type Unavailable } from '../domain/evidence.ts';
import { staleAnswer, type BoundaryDeps, type Reached, type Session } from './boundary.ts';
import { clockSentence } from './host-failure.ts';
import { keepCertificate, recheckCertificate } from './certificate.ts';

export interface Call {
  readonly canisterId: string;
  readonly method: string;
  readonly arg: Uint8Array;
}

export interface Certified {
  readonly reply: Uint8Array;
  /** What is to be kept, so that the reply can be checked again: see `recheckCertificate`. */
  readonly evidence: Uint8Array;
}

/** How far the certificate's time may lie from this machine's. */
const MAX_AGE_MS = 300_000;

/**
 * Asks through consensus, so that no single node can make up the answer. What is believed is what the kept certificate
 * says when it is checked again, and nothing else that the agent returned.
 */
export async function certifiedCall({ agent, signal }: Session, call: Call, deps: BoundaryDeps): Promise<Certified> {
  const { canisterId, method, arg } = call;
  const strategy = async (): Promise<void> => {
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 500));
  };
  const fields = { methodName: method, arg, effectiveTarget: { canisterId: canisterId } };
  const evidence = keepCertificate(await agent.update(canisterId, fields, { strategy }));
  const { reply, time, ...answered } = await recheckCertificate(evidence, deps.rootKey);
  if (answered.canisterId !== canisterId || answered.method !== method || Buffer.compare(answered.arg, arg) !== 0) {
    throw new Error('the agent asked something else than it was told to');
  }
  const age = deps.clock.now() - time;
  if (Math.abs(age) > MAX_AGE_MS) throw staleAnswer(`it was signed ${Math.round(age / 1000)} s ago`);
  return { reply, evidence };
}

/** Why no host gave an answer: one untrusted host among them weighs more than any number that are down. */
export function nothingReached(
  { failures }: Extract<Reached<unknown>, { status: 'failed' }>,
  source: string,
  now: number,
): Unavailable {
  const each = failures.map(({ host, code, detail: why }) => `${host}: ${code} (${why})`).join('; ');
  const clock = clockSentence(failures);
  const detail = clock === null ? each : `${clock} ${each}`;
  const decisive = failures.find(({ final }) => final);
  if (decisive) return unavailable(decisive.kind, decisive.code, detail, source, now, decisive.kind !== 'bug');
  const untrusted = failures.filter(({ kind }) => kind === 'untrusted');
  if (untrusted.length === 0) {
    const refused = failures.length > 0 && failures.every(({ code }) => code === 'expiry-refused');
    const code = refused ? 'expiry-refused' : 'hosts-unreachable';
    return unavailable('transport', code, detail || 'no boundary node was asked', source, now);
  }
  const stale = untrusted.every(({ code }) => code === 'certificate-stale');
  return unavailable('untrusted', stale ? 'certificate-stale' : 'certificate-untrusted', detail, source, now, true);
}

/** The same for those who throw. */
export function notReachedError(reached: Extract<Reached<unknown>, { status: 'failed' }>): WatchError {
  const { kind, code, detail } = nothingReached(reached, '', 0);
  return new WatchError(kind === 'absent' ? 'bug' : kind, code, detail);
}
