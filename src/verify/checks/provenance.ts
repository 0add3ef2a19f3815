import { mirrorUrl } from '../../domain/artifact.ts';
import type { Cell, Check, Comparison, Judgement, Scope } from '../../domain/check.ts';
import { componentFacts, SUMS_FILE, type Component } from '../../domain/component.ts';
import { evidenceKey, type AttestationClaims, type Evidence } from '../../domain/evidence.ts';
import type { CommitId, Sha256 } from '../../domain/ids.ts';
import { ELECTS_NOTHING, perComponent } from '../rules/cells.ts';
import { inconclusive, mismatch, verified } from '../rules/judgement.ts';
import { ATTESTED_SINCE, comparePins } from '../rules/provenance-policy.ts';
import { mirrorKeys, mirrorLooks, observed } from '../rules/published.ts';

const IDENTITY = { id: 'provenance', tier: 'corroborating', phase: 'before-build' } as const;

/** The published SHA256SUMS were attested by DFINITY's release pipeline, for this commit. */
export const provenance: Check = {
  ...IDENTITY,
  title: 'The release pipeline attests the published files',
  see: 'https://github.com/dfinity/ic/pull/11624',
  plan: (scope) =>
    perComponent(IDENTITY, scope, ({ component }, commit) => {
      if (!scope.attestations) return { skip: 'Attestations were not to be checked.' };
      const attestations = scope.mirrors.map((mirror) =>
        evidenceKey.attestations(mirrorUrl(mirror, commit, component, 'checksums')),
      );
      return {
        needs: [evidenceKey.tree(commit), ...mirrorKeys('sums', scope, commit, component), ...attestations],
      };
    }),
  judge,
};

/** What the attestations say of one SHA256SUMS. In the order of what counts when two mirrors' sums differ. */
type Says =
  | { readonly kind: 'contradicts'; readonly pins: readonly Comparison[] }
  | { readonly kind: 'attests'; readonly pins: readonly Comparison[] }
  | { readonly kind: 'unverifiable' | 'elsewhere' | 'none' | 'unknown' };

function judge(cell: Cell, scope: Scope, evidence: Evidence): Judgement {
  const { component } = cell;
  const { commit } = scope;
  if (component === null || commit === null) return inconclusive('nothing-to-build', ELECTS_NOTHING);
  const { label } = componentFacts(component);
  const sums = observed(mirrorLooks('sums', scope, commit, component, evidence));
  const digests = [...new Set(sums.map(({ value }) => value.sha256))];
  const said = digests.map((digest) => {
    const urls = sums.map(({ url }) => url);
    return weighAttestations(digest, urls, commit, component, scope, evidence);
  });
  const refuted = said.find((says) => says.kind === 'contradicts');
  if (refuted) {
    const sentence = `The ${SUMS_FILE} of the ${label} is attested, but not by the release pipeline for this commit.`;
    return mismatch(sentence, refuted.pins);
  }
  const attesting = said.filter((says) => says.kind === 'attests');
  if (attesting.length > 0 && attesting.length === said.length) {
    const pins = attesting.flatMap((says) => says.pins);
    return verified(`The release pipeline attests the ${SUMS_FILE} of the ${label}.`, pins);
  }
  if (said.some((says) => says.kind === 'unverifiable')) return unverifiable(label);
  if (said.some((says) => says.kind === 'elsewhere')) return elsewhere(label);
  return said.some((says) => says.kind === 'none') ? none(label, commit, evidence) : unknown(label);
}

/**
 * One entry that satisfies every pin is enough; none of several is a contradiction. An entry that is about other bytes
 * says nothing of these: whoever answers for the API could list any that was ever made.
 */
function weighAttestations(
  digest: Sha256,
  urls: readonly string[],
  commit: CommitId,
  component: Component,
  scope: Scope,
  evidence: Evidence,
): Says {
  const reports = urls.flatMap((url) => {
    const look = evidence.get(evidenceKey.attestations(url));
    return look?.status === 'observed' && look.value.digest === digest ? [look] : [];
  });
  if (reports.length === 0) return { kind: 'unknown' };
  const entries = reports.flatMap(({ value, source }) => value.attestations.map((entry) => ({ entry, source })));
  const wanted = { commit, component, sumsDigest: digest, mode: scope.subject.mode };
  const signed = entries.flatMap(({ entry, source }) =>
    entry.status === 'signed' ? [{ claims: entry.claims, source }] : [],
  );
  const [first, ...others] = signed
    .filter(({ claims }) => isAbout(claims, digest))
    .map(({ claims, source }) => comparePins(claims, wanted, source));
  if (!first) {
    if (entries.length === 0) return { kind: 'none' };
    return { kind: signed.length > 0 ? 'elsewhere' : 'unverifiable' };
  }
  const pins = others.reduce((best, next) => (unequal(next) < unequal(best) ? next : best), first);
  return { kind: unequal(pins) === 0 ? 'attests' : 'contradicts', pins };
}

function isAbout({ subjects }: AttestationClaims, digest: Sha256): boolean {
  return subjects.some(({ sha256 }) => sha256.toLowerCase() === digest);
}

function unequal(pins: readonly Comparison[]): number {
  return pins.filter(({ equal }) => !equal).length;
}

function unverifiable(label: string): Judgement {
  const sentence = `Attestations are listed for the ${label}, but not one of them can be verified.`;
  return untrusted('provenance/not-verifiable', sentence);
}

function elsewhere(label: string): Judgement {
  const sentence = `Attestations are listed for the ${label}, but not one of them is about its ${SUMS_FILE}.`;
  return untrusted('provenance/of-other-files', sentence);
}

function untrusted(id: string, sentence: string): Judgement {
  return inconclusive('untrusted-input', sentence, {
    findings: [{ id, severity: 'serious', sentence }],
    caveats: [{ id, sentence }],
  });
}

/** The commit's own date decides only how the gap is told, never whether it is one. */
function none(label: string, commit: CommitId, evidence: Evidence): Judgement {
  const tree = evidence.get(evidenceKey.tree(commit));
  if (tree?.status === 'observed' && tree.value.committedAt < ATTESTED_SINCE) {
    const sentence = `No attestation of the ${label}: the commit is older than attestations.`;
    return inconclusive('not-published', sentence, {
      caveats: [{ id: 'provenance/older-than-attestations', sentence }],
    });
  }
  const sentence = `No attestation of the ${label}: expected, not found.`;
  return inconclusive('not-published', sentence, {
    findings: [{ id: 'provenance/expected-not-found', severity: 'warning', sentence }],
    caveats: [{ id: 'provenance/expected-not-found', sentence }],
  });
}

function unknown(label: string): Judgement {
  const sentence = `The attestations of the ${label} could not be read.`;
  return inconclusive('unreachable', sentence, { caveats: [{ id: 'provenance/unavailable', sentence }] });
}
