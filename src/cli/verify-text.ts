import type { CheckResult, Comparison, Scope } from '../domain/check.ts';
import { COMPONENTS, componentFacts, type Component } from '../domain/component.ts';
import type { Evidence, HostFacts, TreeFacts } from '../domain/evidence.ts';
import { utc } from '../domain/verdict-document.ts';
import { MARKS, type Mark } from '../domain/marks.ts';
import type { Proposal } from '../domain/proposal.ts';
import { requiredComponents, type Verdict } from '../domain/verdict.ts';
import { plainText } from '../domain/text.ts';
import { totalText } from './duration.ts';

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
    `Total time: ${totalText(shown.seconds)}`,
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

/** Something that could not be had or that this machine lacks, as one line of plain text. */
export interface Gap {
  readonly mark: Mark;
  readonly text: string;
}

export function incidentLines(shown: Shown): string[] {
  const lines = gapsOf(shown).map(({ mark, text }) => `${MARKS[mark]} ${text}`);
  return lines.length > 0 ? [...lines, ''] : [];
}

/** What could not be had, in the words that users of `repro-check` know. It is open, and no mismatch. */
export function gapsOf({ evidence, commit }: Shown): readonly Gap[] {
  const gaps = evidence.all().flatMap(({ key, observation }): Gap[] => {
    if (observation.status === 'observed') {
      if (key.kind === 'host') return hostGaps(withoutNeedless(observation.value as HostFacts, evidence));
      const missing = key.kind === 'commit-refs' && (observation.value as { presence: string }).presence === 'missing';
      return missing ? [open(`Could not fetch commit ${commit ?? ''} from the remote repository.`)] : [];
    }
    const detail = plainText(observation.detail, 300);
    switch (key.kind) {
      case 'sums':
      case 'image':
      case 'measurements':
        return [open(`Could not download ${plainText(key.subject, 300)}. Error: ${detail}`)];
      case 'tree':
      case 'commit-refs':
      case 'host':
      case 'build':
        return [open(detail)];
      default:
        return [];
    }
  });
  return [...new Map(gaps.map((gap) => [gap.text, gap])).values()];
}

const open = (text: string): Gap => ({ mark: 'inconclusive', text });

/** Why a build here would not begin, and what would make it slow. */
function hostGaps({ problems, warnings }: Pick<HostFacts, 'problems' | 'warnings'>): Gap[] {
  return [
    ...problems.map(({ sentence }) => open(plainText(sentence, 500))),
    ...warnings.map(({ sentence }): Gap => ({ mark: 'warning', text: plainText(sentence, 500) })),
  ];
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
  const first = `${MARKS[result.outcome]} ${result.check} · ${where}${plainText(result.sentence, 500)}`;
  if (result.outcome === 'skipped') return [first];
  return [first, ...result.comparisons.flatMap(comparisonLines), ...knownWords(result, elected)];
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
      return ["    The proposal's artifact and hash match."];
    case 'sums-list-artifact':
      return [`    The ${label} sha256sum from the proposal and remote match.`];
    case 'measurements-match':
      return [`    The ${label} measurements from the proposal and remote match.`];
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
          `    Verification successful for ${label}!`,
          `    The sha256 sum for ${label} from the artifact built locally and the one fetched from remote match:`,
        ]
      : [`    Error! The sha256 sum from the remote does not match the one we just built for ${label}.`];
  return [...words, ...sides];
}

/** `--dry-run` compares nothing, and says so. */
function dryRunLines({ evidence, scope }: Shown): string[] {
  const images = evidence.all().filter(({ key }) => key.kind === 'local-image');
  const asked = requiredComponents(scope ?? null);
  const built = COMPONENTS.flatMap(({ component, label }) => {
    const looks = images.filter(({ key }) => key.subject.endsWith(`/${component}`));
    if (looks.length === 0 && asked.includes(component))
      return [`${MARKS.inconclusive} ${label}: not built (the source of this commit does not build it)`];
    return looks.map(({ observation }) =>
      observation.status === 'observed'
        ? `${label}: ${(observation.value as { sha256: string }).sha256}`
        : `${MARKS.inconclusive} ${label}: not built (${plainText(observation.detail, 300)})`,
    );
  });
  return [...built, '', 'NOTHING WAS VERIFIED: a dry run builds and prints the local hashes.'];
}
