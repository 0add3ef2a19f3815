import { mirrorUrl } from '../../domain/artifact.ts';
import type { Cell, Check, Comparison, Finding, Judgement, Scope } from '../../domain/check.ts';
import { componentFacts, SUMS_FILE, type Component } from '../../domain/component.ts';
import { evidenceKey, type AttestationClaims, type Evidence } from '../../domain/evidence.ts';
import type { CommitId, Sha256 } from '../../domain/ids.ts';
import { ELECTS_NOTHING, electionOf, perComponent } from '../rules/cells.ts';
import { bounded } from '../../domain/bounded.ts';
import { inconclusive, mismatch, verified } from '../rules/judgement.ts';
import { comparePins, isOlder } from '../rules/provenance-policy.ts';
import { mirrorKeys, mirrorAnswers, observed } from '../rules/published.ts';

const IDENTITY = { id: 'provenance', tier: 'corroborating', phase: 'before-build' } as const;

/** The published SHA256SUMS were attested by DFINITY's release pipeline, for this commit. */
export const provenance: Check = {
  ...IDENTITY,
  title: 'The release pipeline attests the published files',
  see: 'https://github.com/dfinity/ic/pull/11624',
  plan: (scope) =>
    perComponent(IDENTITY, scope, ({ component }, commit) => {
      if (!scope.attestations) return { skip: 'The attestation check was skipped on request.' };
      const attestations = scope.mirrors.map((mirror) =>
        evidenceKey.attestations(mirrorUrl(mirror, commit, component, 'checksums')),
      );
      return {
        needs: [
          evidenceKey.commitRefs(commit),
          evidenceKey.tree(commit),
          ...mirrorKeys('sums', scope, commit, component),
          ...attestations,
        ],
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
  const sums = observed(mirrorAnswers('sums', scope, commit, component, evidence));
  const digests = [...new Set(sums.map(({ value }) => value.sha256))];
  const said = digests.map((digest) => {
    const urls = sums.map(({ url }) => url);
    return weighAttestations(digest, urls, commit, component, scope, evidence);
  });
  const told = ourFaults(
    label,
    sums.map(({ url }) => url),
    evidence,
  );
  const refuted = said.find((says) => says.kind === 'contradicts');
  if (refuted && told.unread === null) {
    const sentence = `The ${SUMS_FILE} of the ${label} is attested, but not by the release pipeline for this commit.`;
    return mismatch(sentence, refuted.pins, { findings: told.findings });
  }
  const attesting = said.filter((says) => says.kind === 'attests');
  if (attesting.length > 0 && attesting.length === said.length) {
    const pins = attesting.flatMap((says) => says.pins);
    const sentence = `The release pipeline attests the ${SUMS_FILE} of the ${label}.`;
    return verified(sentence, pins, { findings: told.findings });
  }
  return gapOf(label, said, told, isOld(commit, scope, evidence));
}

/** Which gap it is. What was not read may be the one that counts, so that nothing is held against the others then. */
function gapOf(label: string, said: readonly Says[], told: Told, isOld: boolean): Judgement {
  if (told.unread !== null)
    return partly(
      label,
      told,
      said.some(({ kind }) => kind === 'contradicts'),
    );
  if (said.some((says) => says.kind === 'unverifiable')) {
    return told.oldRoot === null ? unverifiable(label, told) : ownRoot(label, told.oldRoot, told);
  }
  if (said.some((says) => says.kind === 'elsewhere')) return elsewhere(label, told);
  if (said.some((says) => says.kind === 'none')) return none(label, told, isOld);
  return unknown(label, told);
}

/** What is to be said of ourselves, and of what was out of reach, before anything is said of the attestations. */
interface Told {
  readonly findings: readonly Finding[];
  readonly unread: string | null;
  readonly oldRoot: string | null;
  /** Why this machine could not look at all. */
  readonly host: string | null;
}

function ourFaults(label: string, urls: readonly string[], evidence: Evidence): Told {
  const looks = urls.map((url) => evidence.get(evidenceKey.attestations(url)));
  const reports = looks.flatMap((look) => (look?.status === 'observed' ? [look.value] : []));
  const refused = reports.find(({ tokenRefused }) => tokenRefused !== undefined)?.tokenRefused;
  const sentence = `GitHub rejected the GITHUB_TOKEN of this machine (${refused}), so the request for the ${label} was made without it.`;
  const host = looks.find((look) => look?.status === 'unavailable' && look.kind === 'host');
  return {
    findings: refused === undefined ? [] : [{ id: 'provenance/token-refused', severity: 'info', sentence }],
    unread: reports.find(({ unread }) => unread !== undefined)?.unread?.[0] ?? null,
    oldRoot: reports.find(({ rootNotRefreshed }) => rootNotRefreshed !== undefined)?.rootNotRefreshed ?? null,
    host: host?.status === 'unavailable' ? host.detail : null,
  };
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

/** Some attestations are out of reach, and none of the others is what is wanted. */
function partly(label: string, { unread, findings }: Told, contradicted: boolean): Judgement {
  const rest = contradicted ? 'Those that could be read are not from the release pipeline for this commit.' : '';
  const sentence = `Not all attestations of the ${label} could be read (${bounded(unread ?? '', 160)}). ${rest}`.trim();
  const id = 'provenance/partly-unavailable';
  const found = contradicted ? [{ id, severity: 'serious', sentence } as const] : [];
  return inconclusive('unreachable', sentence, { findings: [...found, ...findings], caveats: [{ id, sentence }] });
}

/** A root from before a change of keys refuses good attestations as well as forged ones. */
function ownRoot(label: string, why: string, { findings }: Told): Judgement {
  const sentence =
    `The attestations of the ${label} do not verify against the trusted root of this machine, which may be out of date: ` +
    `it could not be refreshed (${bounded(why, 160)}).`;
  const id = 'provenance/root-not-refreshed';
  return inconclusive('host-unfit', sentence, {
    findings: [{ id, severity: 'warning', sentence }, ...findings],
    caveats: [{ id, sentence }],
  });
}

function unverifiable(label: string, told: Told): Judgement {
  const sentence = `Attestations are listed for the ${label}, but none of them can be verified.`;
  return untrusted('provenance/not-verifiable', sentence, told);
}

function elsewhere(label: string, told: Told): Judgement {
  const sentence = `Attestations are listed for the ${label}, but none of them is about its ${SUMS_FILE}.`;
  return untrusted('provenance/of-other-files', sentence, told);
}

function untrusted(id: string, sentence: string, told: Told): Judgement {
  return inconclusive('untrusted-input', sentence, {
    findings: [{ id, severity: 'serious', sentence }, ...told.findings],
    caveats: [{ id, sentence }],
  });
}

/** Dates decide only how the gap is told, never whether it is one. */
function isOld(commit: CommitId, scope: Scope, evidence: Evidence): boolean {
  const tree = evidence.get(evidenceKey.tree(commit));
  const look = evidence.get(evidenceKey.commitRefs(commit));
  const refs = look?.status === 'observed' ? look.value.refs : [];
  const submittedAt = electionOf(scope)?.proposal.submittedAt ?? null;
  return tree?.status === 'observed' && isOlder(tree.value.committedAt, refs, submittedAt);
}

function none(label: string, told: Told, isOld: boolean): Judgement {
  if (isOld) {
    const sentence = `No attestation of the ${label}: the commit is older than attestations.`;
    return inconclusive('not-published', sentence, {
      findings: told.findings,
      caveats: [{ id: 'provenance/older-than-attestations', sentence }],
    });
  }
  const sentence = `No attestation of the ${label}: expected, not found.`;
  return inconclusive('not-published', sentence, {
    findings: [{ id: 'provenance/expected-not-found', severity: 'warning', sentence }, ...told.findings],
    caveats: [{ id: 'provenance/expected-not-found', sentence }],
  });
}

function unknown(label: string, { host, findings }: Told): Judgement {
  const why = host === null ? '' : ` on this machine: ${bounded(host, 240)}`;
  const sentence = `The attestations of the ${label} could not be read${why === '' ? '.' : why}`;
  return inconclusive(host === null ? 'unreachable' : 'host-unfit', sentence, {
    findings,
    caveats: [{ id: 'provenance/unavailable', sentence }],
  });
}
