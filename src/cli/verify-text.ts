import type { CheckResult, Comparison, Scope } from '../domain/check.ts';
import { COMPONENTS, componentFacts, type Component } from '../domain/component.ts';
import { unreachable } from '../domain/errors.ts';
import type { Evidence, HostFacts, TreeFacts } from '../domain/evidence.ts';
import { utc } from '../domain/verdict-document.ts';
import type { Proposal } from '../domain/proposal.ts';
import { requiredComponents, type Verdict } from '../domain/verdict.ts';
import { plainText } from '../domain/text.ts';
import { totalText } from './duration.ts';
import { hostLines } from './plan-text.ts';

/** What the human form of one run is made of. */
export interface Shown {
  readonly network: string;
  readonly toolVersion: string;
  readonly proposal: Proposal | null;
  readonly commit: string | null;
  readonly verdict: Verdict | null;
  readonly evidence: Evidence;
  /** null or not given: it is not known what was asked for. */
  readonly scope?: Scope | null;
  readonly seconds: number;
}

/** The report at the end of `verify`: what is asked, every check with both sides, and the verdict as the last word. */
export function verifyText(shown: Shown): string {
  const { verdict } = shown;
  const body = verdict ? verdictLines(verdict) : dryRunLines(shown);
  const lines = [
    ...headLines(shown),
    '',
    ...incidentLines(shown),
    ...body,
    '',
    `[ℹ️] Total time: ${totalText(shown.seconds)}`,
  ];
  return `${lines.join('\n')}\n`;
}

export function headLines({ network, toolVersion, proposal, commit }: Shown): string[] {
  const lines = network === 'mainnet' ? [] : [network];
  if (proposal) {
    lines.push(`nns-watch ${toolVersion} · proposal ${proposal.id} · ${proposal.status}`);
    lines.push(`Title:    ${plainText(proposal.title, 200)}`);
    if (proposal.deadlineAt !== null) lines.push(`Deadline: ${utc(proposal.deadlineAt * 1000)}`);
  } else {
    lines.push(`nns-watch ${toolVersion}`);
  }
  if (commit) lines.push(`Commit:   ${commit}`);
  return lines;
}

/** What could not be had, in the words that users of `repro-check` know. */
export function incidentLines({ evidence, commit }: Shown): string[] {
  const lines = evidence.all().flatMap(({ key, observation }) => {
    if (observation.status === 'observed') {
      if (key.kind === 'host') return hostLines(withoutNeedless(observation.value as HostFacts, evidence));
      const missing = key.kind === 'commit-refs' && (observation.value as { presence: string }).presence === 'missing';
      return missing ? [`[❌] Could not fetch commit ${commit ?? ''} from the remote repository.`] : [];
    }
    const detail = plainText(observation.detail, 300);
    switch (key.kind) {
      case 'sums':
      case 'image':
      case 'measurements':
        return [`[❌] Could not download ${plainText(key.subject, 300)}. Error: ${detail}`];
      case 'tree':
      case 'commit-refs':
      case 'host':
      case 'build':
        return [`[❌] ${detail}`];
      default:
        return [];
    }
  });
  return lines.length > 0 ? [...new Set(lines), ''] : [];
}

/** Of a commit whose tree builds in no virtual machine nothing is emulated. */
function withoutNeedless(
  { problems, warnings }: HostFacts,
  evidence: Evidence,
): Pick<HostFacts, 'problems' | 'warnings'> {
  const trees = evidence.all().filter(({ key }) => key.kind === 'tree');
  const inVm = !trees.some(
    ({ observation }) => observation.status === 'observed' && (observation.value as TreeFacts).buildsInVm === false,
  );
  return { problems, warnings: warnings.filter(({ code }) => inVm || !OF_VMS.includes(code)) };
}

const OF_VMS: readonly string[] = ['no-kvm', 'kvm-refused'];

type Judged = Exclude<CheckResult, { outcome: 'skipped' }>;

export function verdictLines(verdict: Verdict): string[] {
  const elected = verdict.results.find((result) => result.check === 'package-hash')?.component ?? null;
  const remarks = [
    ...verdict.findings.map((finding) => `[${finding.severity}] ${plainText(finding.sentence, 500)}`),
    ...verdict.caveats.map((caveat) => `[caveat] ${plainText(caveat.sentence, 500)}`),
  ];
  return [
    ...verdict.results.flatMap((result) => resultLines(result, elected)),
    ...(remarks.length > 0 ? ['', ...remarks] : []),
    '',
    plainText(verdict.headline, 1000),
  ];
}

function resultLines(result: CheckResult, elected: Component | null): string[] {
  const where = result.component ? `${componentFacts(result.component).label}: ` : '';
  const first = `${mark(result.outcome)} ${result.check} · ${where}${plainText(result.sentence, 500)}`;
  if (result.outcome === 'skipped') return [first];
  return [first, ...result.comparisons.flatMap(comparisonLines), ...knownWords(result, elected)];
}

function mark(outcome: CheckResult['outcome']): string {
  switch (outcome) {
    case 'verified':
      return '[✔]';
    case 'mismatch':
      return '[❌]';
    case 'inconclusive':
      return '[?]';
    case 'skipped':
      return '[-]';
    default:
      return unreachable(outcome);
  }
}

function comparisonLines({ label, expected, actual, equal }: Comparison): string[] {
  const side = (value: string | null, source: string): string =>
    `${value === null ? 'not observed' : plainText(value, 400)}  (${plainText(source, 300)})`;
  if (equal) {
    const sources = `${plainText(expected.source, 300)} = ${plainText(actual.source, 300)}`;
    return [`    = ${plainText(label, 200)}: ${plainText(actual.value ?? '', 400)}  (${sources})`];
  }
  return [
    `    ≠ ${plainText(label, 200)}`,
    `        expected ${side(expected.value, expected.source)}`,
    `        actual   ${side(actual.value, actual.source)}`,
  ];
}

/** What `repro-check` says of the same thing, for those who look for its words. */
function knownWords(result: Judged, elected: Component | null): string[] {
  if (result.check === 'build-reproduces') return builtWords(result);
  if (result.outcome !== 'verified' || result.component === null || result.component !== elected) return [];
  const { label } = componentFacts(result.component);
  switch (result.check) {
    case 'package-hash':
      return ["[ℹ️] The proposal's artifact and hash match."];
    case 'sums-list-artifact':
      return [`[ℹ️] The ${label} sha256sum from the proposal and remote match.`];
    case 'measurements-match':
      return [`[ℹ️] The ${label} measurements from the proposal and remote match.`];
    default:
      return [];
  }
}

function builtWords({ comparisons: [comparison], component, outcome }: Judged): string[] {
  if (!component || !comparison || outcome === 'inconclusive') return [];
  const { label } = componentFacts(component);
  const sides = [`\tLocal = ${comparison.actual.value ?? 'none'}`, `\tRemote = ${comparison.expected.value ?? 'none'}`];
  const words =
    outcome === 'verified'
      ? [
          `[ℹ️] Verification successful for ${label}!`,
          `[ℹ️] The sha256 sum for ${label} from the artifact built locally and the one fetched from remote match:`,
        ]
      : [`[❌] Error! The sha256 sum from the remote does not match the one we just built for ${label}.`];
  return [...words, ...sides];
}

/** `--dry-run` compares nothing, and says so. */
function dryRunLines({ evidence, scope }: Shown): string[] {
  const images = evidence.all().filter(({ key }) => key.kind === 'local-image');
  const asked = requiredComponents(scope ?? null);
  const built = COMPONENTS.flatMap(({ component, label }) => {
    const looks = images.filter(({ key }) => key.subject.endsWith(`/${component}`));
    if (looks.length === 0 && asked.includes(component))
      return [`[❌] ${label}: not built (the source of this commit does not build it)`];
    return looks.map(({ observation }) =>
      observation.status === 'observed'
        ? `[ℹ️] ${label}: ${(observation.value as { sha256: string }).sha256}`
        : `[❌] ${label}: not built (${plainText(observation.detail, 300)})`,
    );
  });
  return [...built, '', 'NOTHING WAS VERIFIED: a dry run builds and prints the local hashes.'];
}
