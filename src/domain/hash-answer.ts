import type { CheckResult, Comparison } from './check.ts';
import { componentFacts, MEASUREMENTS_FILE, SUMS_FILE, type Component } from './component.ts';
import { shownNetwork } from './network.ts';
import type { Match } from './status-queries.ts';

/** What is known here of a SHA-256, and whether the bytes that have it are verified. */
export interface HashAnswer {
  /** `contradicted`: a comparison that names it found something else. `unknown`: nothing verified these bytes. */
  readonly state: 'verified' | 'contradicted' | 'unknown';
  readonly word: 'VERIFIED' | 'CONTRADICTED' | 'NOT VERIFIED' | 'NO RELEASE' | 'UNKNOWN';
  readonly sentence: string;
  /** What else names these bytes, and is no word about them. */
  readonly remarks: readonly string[];
}

/** What these bytes are by the verdict of one place. */
export interface Role {
  /** `GuestOS image`, `GuestOS launch measurements`, `SHA256SUMS of the GuestOS`. */
  readonly what: string;
  /** Why these very bytes are verified if the verdict is; null: nothing here says so. */
  readonly proof: string | null;
  /** The comparison of a mismatch of which they are one side; null: none. */
  readonly contradiction: Contradiction | null;
}

interface Contradiction {
  readonly label: string;
  /** Only the proposal claims this hash for what its URL gives: where others give these bytes, that is no word about them. */
  readonly claimOnly: boolean;
}

type Judged = Exclude<CheckResult, { outcome: 'skipped' }>;

/** Checks that compare whole images; what the others compare may be anything of the release. */
const IMAGE_CHECKS: readonly string[] = ['package-hash', 'build-reproduces'];
const LIST_CHECKS: readonly string[] = ['sums-list-artifact', 'mirrors-agree'];

/** null: the bytes are neither compared nor named by this place, though they may have been seen there. */
export function roleOf(match: Match, sha256: string): Role | null {
  const results = resultsNaming(match, sha256);
  const contradiction = contradictionIn(results, sha256);
  const image = imageOf(match, results, sha256);
  if (image) return { what: image.what, proof: imageProof(results, image.component, sha256), contradiction };
  const measured = results.find((result) => namesFile(result, MEASUREMENTS_FILE, sha256));
  if (measured?.component || match.seenAs.includes('measurements') || match.seenAs.includes('local-measurements')) {
    const both = match.seenAs.includes('measurements') && match.seenAs.includes('local-measurements');
    const label = labelOf(measured?.component ?? null);
    return {
      what: `${label} launch measurements`.trim(),
      proof: both ? 'published, and built on this machine' : null,
      contradiction,
    };
  }
  const attested = results.find(({ check }) => check === 'provenance');
  if (attested || match.seenAs.includes('sums')) {
    const proof = attested?.outcome === 'verified' ? 'attested by the release pipeline' : null;
    const label = labelOf(attested?.component ?? null);
    return { what: label === '' ? SUMS_FILE : `${SUMS_FILE} of the ${label}`, proof, contradiction };
  }
  if (contradiction === null) return null;
  return { what: 'one side of a comparison', proof: null, contradiction };
}

function resultsNaming({ verdict }: Match, sha256: string): readonly Judged[] {
  return (verdict?.verdict.results ?? []).flatMap((result) =>
    result.outcome !== 'skipped' && result.comparisons.some((one) => names(one, sha256)) ? [result] : [],
  );
}

/** A list may give several digests for one file; a subject has its name before its digest. */
function valueNames(value: string | null, sha256: string): boolean {
  return (value ?? '').toLowerCase().split(' ').includes(sha256);
}

function names({ expected, actual }: Comparison, sha256: string): boolean {
  return valueNames(expected.value, sha256) || valueNames(actual.value, sha256);
}

function namesFile({ check, comparisons }: Judged, file: string, sha256: string): boolean {
  return LIST_CHECKS.includes(check) && comparisons.some((one) => names(one, sha256) && one.label.includes(file));
}

function labelOf(component: Component | null): string {
  return component === null ? '' : componentFacts(component).label;
}

interface Image {
  readonly component: Component | null;
  readonly what: string;
}

function imageOf({ packageSha256, proposal }: Match, results: readonly Judged[], sha256: string): Image | null {
  const compared = results.find(
    (result) =>
      result.component !== null &&
      (IMAGE_CHECKS.includes(result.check) || namesFile(result, componentFacts(result.component).imageFile, sha256)),
  );
  if (compared) return { component: compared.component, what: `${labelOf(compared.component)} image` };
  if (packageSha256?.toLowerCase() !== sha256) return null;
  const component = proposal?.kind === 'elect-hostos' ? 'hostos' : 'guestos';
  return { component, what: `${labelOf(component)} image` };
}

/** Every comparison of whole images that names them is the same on both sides, and one is with what was built here. */
function imageProof(results: readonly Judged[], component: Component | null, sha256: string): string | null {
  const whole = results.filter((result) => IMAGE_CHECKS.includes(result.check) && result.component === component);
  const built = whole.some(({ check }) => check === 'build-reproduces');
  return built && whole.every((result) => isGood(result, sha256))
    ? 'the build from source on this machine gives the same bytes'
    : null;
}

function isGood({ outcome, comparisons }: Judged, sha256: string): boolean {
  return outcome === 'verified' && comparisons.filter((one) => names(one, sha256)).every(({ equal }) => equal);
}

/** One that names these bytes and shows something else, in a mismatch that counts. */
function contradictionIn(results: readonly Judged[], sha256: string): Contradiction | null {
  const found = results
    .filter(({ outcome, tier }) => outcome === 'mismatch' && tier !== 'advisory')
    .flatMap(({ check, comparisons }) =>
      comparisons
        .filter((one) => differs(one) && names(one, sha256))
        .map((one): Contradiction => ({
          label: one.label,
          claimOnly: check === 'package-hash' && !valueNames(one.actual.value, sha256),
        })),
    );
  return found.find(({ claimOnly }) => !claimOnly) ?? found[0] ?? null;
}

function differs({ expected, actual, equal }: Comparison): boolean {
  return expected.value !== null && actual.value !== null && !equal;
}

/** Every place that names a hash. */
export interface Naming {
  readonly matches: readonly Match[];
  /** There are no others: one of those could contradict what these say. */
  readonly complete: boolean;
}

interface Place {
  readonly match: Match;
  readonly role: Role;
}

/**
 * Whether the bytes of this hash are verified. “Yes” needs a verified verdict in which these very bytes are what was built
 * here, or attested, and no comparison anywhere that names them and shows something else: having been seen in a verified
 * run is not enough, and what else a proposal does wrong that names them is no word about them. What was found on
 * another network says nothing of this one.
 */
export function hashAnswer({ matches: all, complete }: Naming, sha256: string, network: string): HashAnswer {
  const matches = all.filter((match) => match.network === null || shownNetwork(match.network, network) === network);
  const known = matches.flatMap((match): Place[] => {
    const role = roleOf(match, sha256);
    return role ? [{ match, role }] : [];
  });
  const good = known.find((each) => outcomeOf(each) === 'verified' && each.role.proof !== null);
  const bad = known.find(({ match, role: { contradiction } }) => {
    return contradiction !== null && !(contradiction.claimOnly && good && good.match.commit === match.commit);
  });
  if (bad) return contradicted(bad, good ?? null);
  if (good) return complete ? verified(good, known) : tooMany(good);
  const [first] = known;
  return first ? notVerified(first) : seenOnly(matches, all.length > 0);
}

function contradicted({ match, role }: Place, good: Place | null): HashAnswer {
  const label = role.contradiction?.label ?? '';
  const sentence = `A comparison for ${placeText(match)} differs (${label}), and these bytes are one side of it.`;
  const remarks = good ? [`They are also the ${whatText(good)}, which is verified.`] : [];
  return { state: 'contradicted', word: 'CONTRADICTED', sentence, remarks };
}

function verified(good: Place, known: readonly Place[]): HashAnswer {
  const others = known.filter((each) => each !== good && outcomeOf(each) === 'mismatch');
  return {
    state: 'verified',
    word: 'VERIFIED',
    sentence: `These bytes are the ${whatText(good)}: ${good.role.proof ?? ''}.`,
    remarks: others.map(
      ({ match }) => `They are also named by ${placeText(match)}, which is a mismatch for another reason.`,
    ),
  };
}

function tooMany(good: Place): HashAnswer {
  const sentence = `These bytes are the ${whatText(good)}, but too many places name them to check them all.`;
  return { state: 'unknown', word: 'NOT VERIFIED', sentence, remarks: [] };
}

function notVerified(first: Place): HashAnswer {
  const outcome = outcomeOf(first);
  const why =
    outcome === 'verified'
      ? 'whose verdict is not about these bytes'
      : outcome === null
        ? 'which has no verdict yet'
        : `whose verdict is ${outcome.toUpperCase()}${outcome === 'mismatch' ? ' for another reason' : ''}`;
  const sentence = `These bytes are known as the ${whatText(first)}, ${why}. This does not verify them.`;
  return { state: 'unknown', word: 'NOT VERIFIED', sentence, remarks: [] };
}

/** Also what was seen on another network was seen. */
function seenOnly(matches: readonly Match[], seen: boolean): HashAnswer {
  if (!seen) {
    return { state: 'unknown', word: 'UNKNOWN', sentence: 'Nothing is known here about these bytes.', remarks: [] };
  }
  const kinds = [...new Set(matches.flatMap(({ seenAs }) => seenAs))];
  const as = kinds.length === 0 ? '' : ` (${kinds.join(', ')})`;
  const sentence = `These bytes were seen or stored as evidence${as}; they are not an image of a verified release.`;
  return { state: 'unknown', word: 'NO RELEASE', sentence, remarks: [] };
}

function outcomeOf({ match }: Place) {
  return match.verdict?.verdict.outcome ?? null;
}

function whatText({ match, role }: Place): string {
  const of = match.proposal && match.commit !== null ? ` of commit ${match.commit}` : '';
  return `${role.what}${of}, ${placeText(match)}`;
}

export function placeText({ proposal, commit }: Match): string {
  if (proposal) return `proposal ${proposal.id}`;
  return commit === null ? 'a manual verification' : `a manual verification of commit ${commit}`;
}
