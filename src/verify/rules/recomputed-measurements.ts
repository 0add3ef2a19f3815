import { mirrorUrl } from '../../domain/artifact.ts';
import type { Comparison, Reason, Scope } from '../../domain/check.ts';
import type { Component } from '../../domain/component.ts';
import { evidenceKey, type Evidence, type Observation } from '../../domain/evidence.ts';
import type { CommitId } from '../../domain/ids.ts';
import type { ImageMatch, MeasuredImage } from '../../domain/measured-image.ts';
import type { LaunchMeasurement } from '../../domain/proposal.ts';
import { bounded } from '../../domain/bounded.ts';
import { electionOfComponent } from './cells.ts';
import { mirrorAnswers, observed } from './published.ts';

/** Processors of the releases up to 2026-03. What later ones are measured for is not known: another is worth a word. */
const USUAL_COUNTS: readonly number[] = [64];
/** Lists are strangers’ and of any length. */
const SHOWN = 64;
const SHOWN_TEXT = 400;
const MOST_URLS = 16;

/** Where the image may be read from: each URL of the proposal that elects it, then the mirrors. */
export function imagesToMeasure(scope: Scope, commit: CommitId, component: Component): readonly string[] {
  const urls = electionOfComponent(scope, component)?.version.packageUrls.slice(0, MOST_URLS) ?? [];
  return [...new Set([...urls, ...scope.mirrors.map((mirror) => mirrorUrl(mirror, commit, component, 'image'))])];
}

type Measured = { readonly status: 'read'; readonly source: string; readonly image: MeasuredImage };
type NotMeasured = { readonly status: 'open'; readonly reason: Reason; readonly sentence: string };

/** The image that the question is about, as one of its sources gave it: the proposal's bytes, where there is one. */
export function measuredImage(
  scope: Scope,
  commit: CommitId,
  component: Component,
  evidence: Evidence,
): Measured | NotMeasured {
  const wanted = electionOfComponent(scope, component)?.version.packageSha256.toLowerCase();
  const looks = imagesToMeasure(scope, commit, component).map((url) => evidence.get(evidenceKey.measured(url)));
  for (const look of looks) {
    if (look?.status !== 'observed') continue;
    const { source, value: image } = look;
    if (wanted === undefined || image.sha256 === wanted) return { status: 'read', source, image };
  }
  return { status: 'open', ...gapOf(looks) };
}

/** Whether an image need not be read: another gave what is wanted, or it is not there, or not the elected one. */
export function needsNoMeasuring(scope: Scope, url: string, evidence: Evidence): boolean {
  const { commit } = scope;
  const image = evidence.get(evidenceKey.image(url));
  if (commit === null || image?.status === 'unavailable') return true;
  const elected = electionOfComponent(scope, 'guestos')?.version.packageSha256.toLowerCase();
  if (image && elected !== undefined && image.value.sha256 !== elected) return true;
  return measuredImage(scope, commit, 'guestos', evidence).status === 'read';
}

/** Of what was read and cannot be recomputed before what was not reached: it says more. */
function gapOf(looks: readonly (Observation<MeasuredImage> | undefined)[]): Omit<NotMeasured, 'status'> {
  const cannot = looks.find((look) => look?.status === 'unavailable' && UNREADABLE.includes(look.kind));
  const other = looks.find((look) => look?.status === 'unavailable');
  const look = cannot ?? other;
  if (look?.status !== 'unavailable') {
    const sentence = 'The launch measurements were not recomputed: no image with the right bytes was read.';
    return { reason: 'unreachable', sentence };
  }
  const sentence = `The launch measurements cannot be recomputed from the published image: ${bounded(look.detail, 240)}.`;
  return { reason: cannot ? 'not-published' : 'unreachable', sentence };
}

const UNREADABLE: readonly string[] = ['malformed', 'limit', 'absent'];

/** A list of measurements, and whose it is. */
export interface WantedMeasurements {
  readonly source: string;
  readonly entries: readonly LaunchMeasurement[];
}

/** The proposal's measurements, or where it carries none those beside the image; null: there are none. */
export function toRecompute(
  scope: Scope,
  commit: CommitId,
  component: Component,
  evidence: Evidence,
): WantedMeasurements | null {
  const election = electionOfComponent(scope, component);
  const carried = election?.version.launchMeasurements ?? [];
  if (election && carried.length > 0) return { source: `proposal ${election.proposal.id}`, entries: carried };
  const published = observed(mirrorAnswers('measurements', scope, commit, component, evidence)).flatMap(
    ({ source, value }) => (value.entries && value.entries.length > 0 ? [{ source, entries: value.entries }] : []),
  );
  return published[0] ?? null;
}

export interface Recomputed {
  readonly comparisons: readonly Comparison[];
  /** Boot arguments that demand another root partition than the image's. */
  readonly otherRoot: readonly string[];
  /** Command lines that were measured, and that the image does not have. */
  readonly otherCommandLines: readonly string[];
  /** Digests that no number and type of processors gives. */
  readonly lost: readonly string[];
  /** A sentence for each measurement that is another type of processor's than it says. */
  readonly otherTypes: readonly string[];
  readonly oddCounts: readonly number[];
  /** The command lines, or one of them, demand no root partition that could be compared. */
  readonly unproven: boolean;
}

/** Every measurement against what the image gives, and the image against itself. */
export function compareMeasured({ source, image }: Measured, wanted: WantedMeasurements | null): Recomputed {
  const entries = wanted?.entries ?? [];
  const matchesOf = (entry: LaunchMeasurement): readonly ImageMatch[] =>
    image.matches.filter(({ measurement }) => measurement === entry.measurement.toLowerCase());
  const withMatches = entries.map((entry) => ({ entry, matches: matchesOf(entry) }));
  const demanding = image.bootArgs.filter(({ rootHash }) => rootHash !== null && image.rootHash !== null);
  return {
    comparisons: [
      ...demanding.map((each) => rootComparison(each, image, source)),
      ...withMatches.map((each, index) => digestComparison(each, index, wanted?.source ?? '', source)),
    ].slice(0, SHOWN),
    otherRoot: demanding.filter(({ rootHash }) => rootHash !== image.rootHash).map(({ name }) => name),
    otherCommandLines: withMatches.flatMap(({ entry, matches }) => otherCommandLine(entry, matches, image)),
    lost: withMatches.filter(({ matches }) => matches.length === 0).map(({ entry }) => entry.measurement.toLowerCase()),
    otherTypes: withMatches.flatMap(({ entry, matches }) => otherType(entry, matches)),
    oddCounts: [...new Set(withMatches.flatMap(({ matches }) => matches.map(({ vcpus }) => vcpus)))]
      .filter((count) => !USUAL_COUNTS.includes(count))
      .sort((left, right) => left - right),
    unproven: demanding.length < image.bootArgs.length,
  };
}

function otherCommandLine(
  { kernelCmdline }: LaunchMeasurement,
  matches: readonly ImageMatch[],
  { bootArgs }: MeasuredImage,
): readonly string[] {
  if (kernelCmdline === null) return [];
  const fits = matches.length > 0 ? matches : bootArgs;
  return fits.some(({ commandLine }) => commandLine === kernelCmdline) ? [] : [kernelCmdline];
}

function otherType({ measurement, vcpuType }: LaunchMeasurement, matches: readonly ImageMatch[]): readonly string[] {
  if (vcpuType === null || matches.length === 0) return [];
  if (matches.some(({ vcpuTypes }) => vcpuTypes.includes(vcpuType))) return [];
  const types = [...new Set(matches.map(({ vcpuTypes: [name] }) => name ?? 'another'))].join(' or ');
  return [`The launch measurement ${measurement.slice(0, 12)}… is one of ${types}, not of ${bounded(vcpuType, 40)}.`];
}

function rootComparison(
  { name, rootHash }: MeasuredImage['bootArgs'][number],
  image: MeasuredImage,
  source: string,
): Comparison {
  return {
    label: `root hash in ${name}`,
    expected: { value: image.rootHash, source: `the root partition of ${source}` },
    actual: { value: rootHash, source },
    equal: rootHash === image.rootHash,
  };
}

function digestComparison(
  { entry, matches }: { readonly entry: LaunchMeasurement; readonly matches: readonly ImageMatch[] },
  index: number,
  expected: string,
  source: string,
): Comparison {
  const [match] = matches;
  const how =
    match && `recomputed from ${source}: ${match.bootArgs}, ${match.vcpus} × ${match.vcpuTypes[0] ?? 'unknown'}`;
  return {
    label: `launch measurement ${index + 1}`,
    expected: { value: bounded(entry.measurement.toLowerCase(), SHOWN_TEXT), source: expected },
    actual: { value: match?.measurement ?? null, source: how ?? source },
    equal: match !== undefined,
  };
}
