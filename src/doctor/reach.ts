import { asWatchError, type WatchError } from '../domain/errors.ts';
import { statusError } from '../platform/http-agent.ts';
import { plainText } from '../domain/text.ts';
import { ok, problem, warning, type Finding, type Probe } from './probe.ts';
import { EXCHANGE_MS, type DoctorPorts } from './ports.ts';

const LIMITS = { bytes: 256 * 1024, redirects: 0, totalMs: EXCHANGE_MS };

/** How much depends on a host: everything, everything unless another of its kind answers, or only a corroboration. */
export type Need = 'needed' | 'one-of' | 'helpful';

/** What came of asking one host. */
export type Reached<T = unknown> =
  | { readonly reached: true; readonly value: T; readonly seconds: number }
  | { readonly reached: false; readonly error: WatchError };

export async function timed<T>(work: () => Promise<T>): Promise<Reached<T>> {
  const began = performance.now();
  try {
    const value = await work();
    return { reached: true, value, seconds: (performance.now() - began) / 1000 };
  } catch (thrown) {
    return { reached: false, error: asWatchError(thrown) };
  }
}

/** Any answer will do, as long as the server is not in trouble itself. Gives status and headers. */
export async function anyAnswer(
  url: string,
  { http }: Pick<DoctorPorts, 'http'>,
  { signal, headers = {} }: { signal: AbortSignal; headers?: Record<string, string> },
): Promise<{ status: number; headers: Readonly<Record<string, string>> }> {
  const answer = await http.request({ url, headers, limits: LIMITS, signal, accept: 'any' });
  if (answer.status >= 500) throw statusError(answer.status, 'it', undefined);
  return { status: answer.status, headers: answer.headers };
}

export interface Asked<T> {
  readonly host: string;
  readonly need: Need;
  /** Completes "…, so". */
  readonly without: string;
  /** Asks at the first call only. */
  readonly ask: () => Promise<Reached<T>>;
  /** Something else to say of an answer that came. */
  readonly judge?: (value: T, seconds: number) => Finding | null;
}

/** One line per host. One host of several that do the same is only missed when all of them are. */
export function reachProbes<T>(asked: readonly Asked<T>[]): Probe[] {
  return asked.map(({ host, need, without, ask, judge }) => ({
    id: `host ${host}`,
    probe: async () => {
      const answer = await ask();
      if (answer.reached)
        return judge?.(answer.value, answer.seconds) ?? ok(`answered in ${answer.seconds.toFixed(2)} s`);
      const siblings = asked.filter((other) => other.need === 'one-of');
      const others = need === 'one-of' ? await Promise.all(siblings.map((other) => other.ask())) : [];
      const missed = need === 'needed' || (need === 'one-of' && !others.some(({ reached }) => reached));
      const why = plainText(answer.error.message, 200).replace(`${host}: `, '');
      const sentence = `${host} does not answer (${why}), so ${without}.`;
      return (missed ? problem : warning)(sentence, adviceFor(answer.error));
    },
  }));
}

function adviceFor({ code }: WatchError): string {
  if (code === 'tls-failed') {
    return 'If a proxy opens TLS here, name the certificate of its authority in NODE_EXTRA_CA_CERTS.';
  }
  return 'Check the network, DNS and firewall; behind a proxy set HTTPS_PROXY. If others cannot reach it either, wait.';
}
