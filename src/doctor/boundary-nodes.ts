import { Certificate, HttpAgent, lookupResultToBuffer } from '@icp-sdk/core/agent';
import { lebDecode, PipeArrayBuffer } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { hostFailure } from '../watcher/host-failure.ts';
import { plainText } from '../domain/text.ts';
import { type Finding, type Group, ok, problem, warning } from './probe.ts';
import { once } from '../platform/once.ts';
import { type DoctorPorts, EXCHANGE_MS } from './ports.ts';
import { anyAnswer, type Reached, reachProbes, timed } from './reach.ts';
import { WatchError } from '../domain/errors.ts';
import { fetchLike } from '../platform/fetch-like.ts';
import { boundedFetch, newExchange } from '../watcher/bounded-fetch.ts';
import { rootKeyOf } from '../watcher/certificate.ts';

type NodePorts = Pick<DoctorPorts, 'config' | 'http' | 'clock'>;

/** Beyond this the program refuses what boundary nodes answer. */
const MAX_DRIFT_MS = 120_000;
const NOTICEABLE_MS = 15_000;

/** What one boundary node told of the time. */
export interface StatedTime {
  /** Milliseconds by which it is ahead of this machine's clock, proven under the root key. */
  readonly certified: number | null;
  /** The same by the header of its answer, which anybody can write. */
  readonly header: number | null;
  /** Why there is no certified time. */
  readonly why: string;
}

export const boundaryGroup: Group = {
  title: 'The Internet Computer',
  probes: (ports, signal) => {
    const asked = ports.config.icHosts.map((url) => ({
      host: new URL(url).host,
      need: 'one-of' as const,
      without: 'proposals cannot be read from it',
      ask: once(() => timed(() => statedTime(url, ports, signal))),
      judge: judgeNode,
    }));
    const all = (): Promise<Reached<StatedTime>[]> => Promise.all(asked.map(({ ask }) => ask()));
    return [...reachProbes(asked), { id: 'clock', probe: async () => clock(await all()) }];
  },
};

/** Both clocks of one node; throws where it does not answer at all. */
async function statedTime(url: string, ports: NodePorts, signal: AbortSignal): Promise<StatedTime> {
  const now = (): number => ports.clock.now();
  const certified = async (): Promise<Pick<StatedTime, 'certified' | 'why'>> => {
    const began = now();
    try {
      const time = await networkTime(url, ports, signal);
      return { certified: time - (began + now()) / 2, why: '' };
    } catch (thrown) {
      const { code, detail } = hostFailure(url, thrown);
      return { certified: null, why: plainText(`${code}: ${detail}`, 200) };
    }
  };
  const [{ headers }, proof] = await Promise.all([
    anyAnswer(`${url.replace(/\/+$/, '')}/api/v2/status`, ports, { signal }),
    certified(),
  ]);
  const date = Date.parse(headers['date'] ?? '');
  return { ...proof, header: Number.isNaN(date) ? null : date - now() };
}

function judgeNode({ certified, why }: StatedTime, seconds: number): Finding | null {
  if (certified !== null) return ok(`answered in ${seconds.toFixed(2)} s, with a certificate of the network`);
  return warning(
    `It answers, but gives no certificate that holds (${why}).`,
    'If this stays, look at IC_ROOT_KEY and at the line about the clock, or take another node into IC_HOSTS.',
  );
}

/** The freshest proof counts: a node can show an old certificate, but none from the future. */
export function clock(answers: readonly Reached<StatedTime>[]): Finding {
  const times = answers.flatMap((answer) => (answer.reached ? [answer.value] : []));
  const proven = times.flatMap(({ certified }) => certified ?? []);
  if (proven.length > 0) return driftFinding(Math.max(...proven), 'the certified time of the network');
  const headers = times.flatMap(({ header }) => header ?? []).sort((a, b) => a - b);
  const middle = headers[Math.floor(headers.length / 2)];
  if (middle !== undefined && Math.abs(middle) > MAX_DRIFT_MS) {
    return driftFinding(middle, 'what boundary nodes say, without proof');
  }
  return problem(
    'No boundary node gave a certified time to compare the clock with.',
    'See the lines about the boundary nodes.',
  );
}

function driftFinding(aheadMs: number, of: string): Finding {
  const seconds = Math.abs(aheadMs / 1000);
  const side = aheadMs > 0 ? 'behind' : 'ahead of';
  const todo = 'Let the clock be set by the network: sudo timedatectl set-ntp true.';
  if (Math.abs(aheadMs) > MAX_DRIFT_MS) {
    const off = `This machine’s clock is ${Math.round(seconds / 60)} min ${side} ${of}`;
    return problem(`${off}: requests and answers are refused as stale.`, todo);
  }
  const sentence = `${seconds.toFixed(1)} s ${side} ${of}`;
  return seconds * 1000 > NOTICEABLE_MS ? warning(`${sentence}.`, todo) : ok(sentence);
}

/** An answer with a certificate for the time alone has some kilobytes. */
const LIMITS = { bytes: 1024 * 1024, redirects: 0, totalMs: EXCHANGE_MS };

/**
 * The time of the Internet Computer, UTC milliseconds, as one boundary node proves it under the root key. How old it is
 * is left to the caller: that is what is looked for. Throws what the agent or `Http` throws.
 * @see https://internetcomputer.org/docs/references/ic-interface-spec#state-tree-time
 */
export async function networkTime(
  host: string,
  { config, http, clock }: Pick<DoctorPorts, 'config' | 'http' | 'clock'>,
  outer: AbortSignal,
): Promise<number> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(EXCHANGE_MS)]);
  const rootKey = rootKeyOf(config.icRootKey ?? undefined);
  const fetch = boundedFetch(fetchLike(http, LIMITS), signal, newExchange(), clock);
  const agent = await HttpAgent.create({ host, rootKey, retryTimes: 0, fetch });
  const canisterId = Principal.fromText(config.governanceCanisterId);
  const { certificate } = await agent.readState({ canisterId }, { paths: [[Buffer.from('time')]] });
  const checked = await Certificate.create({
    certificate,
    rootKey,
    principal: { canisterId },
    disableTimeVerification: true,
  });
  const time = lookupResultToBuffer(checked.lookup_path(['time']));
  if (!time) throw new WatchError('untrusted', 'certificate-without-time', 'the certificate names no time');
  return Number(lebDecode(new PipeArrayBuffer(Uint8Array.from(time))) / 1_000_000n);
}
