import { fitting } from './bounded.ts';
import type { CheckResult } from './check.ts';
import type { Evidence, Observation } from './evidence.ts';
import type { CommitId, ProposalId } from './ids.ts';
import type { MeasuredImage } from './measured-image.ts';
import { proposalLinks, type Links } from './network.ts';
import { kindOf, type Proposal } from './proposal.ts';
import type { Verdict } from './verdict.ts';

/** What a verdict document is made of. */
export interface Told {
  /** `mainnet`, or `NOT MAINNET: …`. */
  readonly network: string;
  readonly proposal: Proposal | null;
  readonly commit: CommitId | null;
  readonly verdict: Verdict | null;
  readonly revision: number;
  readonly evidence: Evidence;
  /** UTC milliseconds. */
  readonly startedAt: number;
  readonly decidedAt: number;
  readonly seconds: Readonly<Record<string, number>>;
  readonly toolVersion: string;
}

/** `nns-watch/verdict@1`: the one JSON form of a verdict, for `verify --json`, `show --json`, pages and webhooks. */
export interface VerdictDocument {
  readonly schema: 'nns-watch/verdict@1';
  readonly network: string;
  readonly proposal: {
    readonly id: ProposalId;
    readonly kind: string;
    readonly title: string;
    readonly status: string;
    readonly deadline: string | null;
    readonly links: Links;
  } | null;
  readonly version: {
    readonly commit: CommitId;
    readonly packageSha256: string | null;
    readonly packageUrls: readonly string[];
    readonly retires: readonly string[];
  } | null;
  readonly verdict: Record<string, unknown> | null;
  /** What the published image gives of the launch measurements; null: it was not read. */
  readonly measured: Record<string, unknown> | null;
  readonly checks: readonly Record<string, unknown>[];
  readonly evidence: readonly Record<string, unknown>[];
  readonly timing: { readonly startedAt: string; readonly seconds: Readonly<Record<string, number>> };
  readonly host: { readonly description: string | null };
  readonly tool: { readonly name: 'nns-watch'; readonly version: string };
  /** The build was over before this run began, and its files are used again; null: no build came to its end. */
  readonly buildReused?: boolean | null;
}

/** UTF-16 units of a whole document: rows, feeds, pages and chats carry it, and strangers’ data is in it. */
const MOST_TEXT = 256 * 1024;

/** Strangers’ texts and lists are cut, those that differ last, where all of it would be too much. */
export function verdictDocument(told: Told): VerdictDocument {
  return fitting(wholeDocument(told), MOST_TEXT);
}

function wholeDocument(told: Told): VerdictDocument {
  return {
    schema: 'nns-watch/verdict@1',
    network: told.network,
    proposal: told.proposal && proposalPart(told.proposal, told.commit),
    version: versionPart(told),
    verdict: told.verdict && verdictPart(told.verdict, told),
    measured: measuredPart(told.evidence),
    checks: (told.verdict?.results ?? []).map(checkPart),
    evidence: told.evidence.all().map(({ key, observation }) => ({ kind: key.kind, ...evidencePart(observation) })),
    timing: { startedAt: utc(told.startedAt), seconds: told.seconds },
    host: { description: hostDescription(told.evidence) },
    tool: { name: 'nns-watch', version: told.toolVersion },
    buildReused: isBuildReused(told),
  };
}

/** Of several builds the last one counts: the first may be an old one that a new one was to confirm. */
function isBuildReused({ evidence, startedAt }: Told): boolean | null {
  const builds = evidence
    .all()
    .filter(({ key, observation }) => key.kind === 'build' && observation.status === 'observed');
  const last = builds.at(-1);
  return last ? last.observation.observedAt < startedAt : null;
}

/** UTC ISO 8601 without a fraction. */
export function utc(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}

function proposalPart(proposal: Proposal, commit: CommitId | null): VerdictDocument['proposal'] {
  return {
    id: proposal.id,
    kind: kindOf(proposal),
    title: proposal.title,
    status: proposal.status,
    deadline: proposal.deadlineAt === null ? null : utc(proposal.deadlineAt * 1000),
    links: proposalLinks(proposal.id, commit),
  };
}

function versionPart({ proposal, commit }: Told): VerdictDocument['version'] {
  const action = proposal?.action;
  if (action && (action.kind === 'elect-guestos' || action.kind === 'elect-hostos')) {
    const { packageSha256, packageUrls, retires } = action.version;
    return { commit: action.version.commit, packageSha256, packageUrls, retires };
  }
  return commit && { commit, packageSha256: null, packageUrls: [], retires: [] };
}

function verdictPart(verdict: Verdict, told: Told): Record<string, unknown> {
  const { outcome, reason, reasons, confirmed, findings, caveats } = verdict;
  const headline = told.network === 'mainnet' ? verdict.headline : `NOT MAINNET · ${verdict.headline}`;
  const decidedAt = utc(told.decidedAt);
  return { outcome, reason, reasons, confirmed, revision: told.revision, headline, findings, caveats, decidedAt };
}

function checkPart(result: CheckResult): Record<string, unknown> {
  const { check: id, title, tier, component, outcome, sentence } = result;
  const comparisons = result.outcome === 'skipped' ? [] : result.comparisons;
  return { id, title, tier, component, outcome, sentence, comparisons };
}

function evidencePart(observation: Observation<unknown>): Record<string, unknown> {
  const { source, file } = observation;
  const seen = { source, observedAt: utc(observation.observedAt) };
  const what =
    observation.status === 'observed'
      ? { value: observation.value }
      : { unavailable: { kind: observation.kind, code: observation.code } };
  return { ...seen, ...what, ...(file === undefined ? {} : { file }) };
}

function measuredPart(evidence: Evidence): Record<string, unknown> | null {
  const seen = evidence
    .all()
    .find(({ key, observation }) => key.kind === 'measured' && observation.status === 'observed');
  if (seen?.observation.status !== 'observed') return null;
  const { sha256, rootHash, matches, notFound } = seen.observation.value as MeasuredImage;
  const found = matches.map(({ measurement, commandLine: kernelCmdline, vcpuTypes, vcpus }) => ({
    ...{ measurement, kernelCmdline, vcpuType: vcpuTypes[0] ?? null, vcpus },
  }));
  return { image: seen.observation.source, sha256, rootHash, measurements: found, notFound };
}

function hostDescription(evidence: Evidence): string | null {
  const host = evidence.get({ kind: 'host', subject: 'this' });
  return host?.status === 'observed' ? host.value.description : null;
}
