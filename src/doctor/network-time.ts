import { Certificate, HttpAgent, lookupResultToBuffer } from '@icp-sdk/core/agent';
import { lebDecode, PipeArrayBuffer } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { WatchError } from '../domain/errors.ts';
import { fetchLike } from '../platform/fetch-like.ts';
import { boundedFetch, newExchange } from '../watcher/bounded-fetch.ts';
import { rootKeyOf } from '../watcher/certificate.ts';
import { EXCHANGE_MS, type DoctorPorts } from './ports.ts';

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
