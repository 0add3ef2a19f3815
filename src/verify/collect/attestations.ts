import { setImmediate as turn } from 'node:timers/promises';
import {
  evidenceKey,
  unavailable,
  type Attestation,
  type AttestationReport,
  type Observation,
} from '../../domain/evidence.ts';
import { WatchError } from '../../domain/errors.ts';
import type { Evidence } from '../../domain/evidence.ts';
import type { Sha256 } from '../../domain/ids.ts';
import type { Collector } from '../../domain/ports.ts';
import type { TrustedRootSource } from '../sigstore/trusted-root.ts';
import { createBundleVerifier } from '../sigstore/verify-bundle.ts';
import { observedWith, unavailableFrom } from './http-answer.ts';
import { attestationsUrl, listAttestations, type ListDeps } from './attestation-list.ts';

export interface AttestationDeps extends ListDeps {
  readonly trustedRoot: TrustedRootSource;
}

/** Failures that a trusted root from before a change of keys gives as well as a forgery does. */
const MAY_BE_OLD_ROOT = /^(?:certificate-error|public-key-error|timestamp-error|tlog-.*)$/;

/** Reads and verifies the attestations of the bytes that a SHA256SUMS had. */
export function createAttestationsCollector(deps: AttestationDeps): Collector<'attestations'> {
  // The mirrors serve the same bytes, as a rule: one question for each digest of a run.
  const asked = new WeakMap<Evidence, Map<Sha256, Promise<Observation<AttestationReport>>>>();
  return {
    kind: 'attestations',
    collect: async ({ subject: sumsUrl }, { observe, evidence, signal }) => {
      const sums = await observe(evidenceKey.sums(sumsUrl));
      if (sums.status === 'unavailable') {
        const { kind, code, detail, source, retryable } = sums;
        return unavailable(
          kind,
          code,
          `No SHA256SUMS to find attestations for: ${detail}`,
          source,
          deps.clock.now(),
          retryable,
        );
      }
      const digest = sums.value.sha256;
      const ofRun = asked.get(evidence) ?? new Map<Sha256, Promise<Observation<AttestationReport>>>();
      asked.set(evidence, ofRun);
      const report = ofRun.get(digest) ?? lookUp(deps, digest, signal);
      ofRun.set(digest, report);
      return report;
    },
  };
}

async function lookUp(
  deps: AttestationDeps,
  digest: Sha256,
  signal: AbortSignal,
): Promise<Observation<AttestationReport>> {
  const source = attestationsUrl(digest);
  try {
    const { bundles, unread, tokenRefused } = await listAttestations(deps, digest, signal);
    const verified = bundles.length > 0 ? await verifyAll(deps.trustedRoot, bundles) : { attestations: [] };
    const report = {
      digest,
      ...verified,
      ...(unread.length > 0 ? { unread: unread.map(({ code, message }) => `${code}: ${message.slice(0, 200)}`) } : {}),
      ...(tokenRefused === null ? {} : { tokenRefused }),
    };
    return await observedWith(deps, report, source, rawOf(bundles));
  } catch (thrown) {
    return unavailableFrom(thrown, source, deps.clock.now());
  }
}

/** The bundles as they are kept. What can be read can be nested too deep to be written again. */
function rawOf(bundles: readonly unknown[]): Uint8Array {
  try {
    return Buffer.from(JSON.stringify(bundles.map((bundle) => bundle ?? null)));
  } catch (cause) {
    throw new WatchError('malformed', 'attestations-too-deep', 'An attestation is nested too deep.', { cause });
  }
}

/** Before anything is called untrusted, the root is refreshed; then only the newer one counts, for every bundle. */
async function verifyAll(
  root: TrustedRootSource,
  bundles: readonly unknown[],
): Promise<Pick<AttestationReport, 'attestations' | 'rootNotRefreshed'>> {
  const first = await verifyWith(await root.current(), bundles);
  if (!first.some(mayBeOldRoot)) return { attestations: first };
  const refreshed = await root.refresh();
  if (refreshed === null) return { attestations: first };
  if (refreshed.status === 'failed') return { attestations: first, rootNotRefreshed: refreshed.why };
  return { attestations: await verifyWith(refreshed.root, bundles) };
}

function mayBeOldRoot(attestation: Attestation): boolean {
  return attestation.status === 'untrusted' && MAY_BE_OLD_ROOT.test(attestation.code);
}

async function verifyWith(root: unknown, bundles: readonly unknown[]): Promise<Attestation[]> {
  const verify = await createBundleVerifier(root);
  const attestations: Attestation[] = [];
  for (const bundle of bundles) {
    attestations.push(verify(bundle));
    // Each takes some 20 ms of computing; others want to go on in between.
    await turn();
  }
  return attestations;
}
