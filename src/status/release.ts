import type { CheckResult } from '../domain/check.ts';
import { componentFacts } from '../domain/component.ts';
import { shownNetwork } from '../domain/network.ts';
import type { Match } from '../domain/status-queries.ts';
import type { Tone } from './parts.ts';

/** What is known here of a hash, in a word and a sentence. */
export interface Answer {
  readonly tone: Tone;
  readonly word: string;
  readonly sentence: string;
}

/** Checks that compare whole images; what the others compare may be anything of the release. */
const IMAGE_CHECKS: readonly string[] = ['package-hash', 'build-reproduces'];
const COMPARED: readonly string[] = [...IMAGE_CHECKS, 'sums-list-artifact', 'mirrors-agree'];

/** What these bytes are in one place: `GuestOS image`, with what was compared. */
export interface Role {
  readonly image: string;
  /** Every comparison of whole images that names them is the same on both sides, and one is with what was built here. */
  readonly reproduced: boolean;
  /** A check that names them found a mismatch, or the verdict on the proposal that elects them is one. */
  readonly contradicted: boolean;
}

/** The image that has this hash by the verdict of one place; null: by none of its comparisons. */
export function roleOf({ verdict, packageSha256, proposal }: Match, sha256: string): Role | null {
  const results = (verdict?.verdict.results ?? []).filter((result) => names(result, sha256));
  const component = results.find(({ check }) => COMPARED.includes(check))?.component ?? null;
  const elected = packageSha256?.toLowerCase() === sha256;
  const contradicted =
    results.some(({ outcome, tier }) => outcome === 'mismatch' && tier !== 'advisory') ||
    (elected && verdict?.verdict.outcome === 'mismatch');
  if (component !== null) {
    const whole = results.filter((result) => IMAGE_CHECKS.includes(result.check) && result.component === component);
    const good = whole.every((result) => isGood(result, sha256));
    const built = whole.some(({ check }) => check === 'build-reproduces');
    return { image: `${componentFacts(component).label} image`, reproduced: good && built, contradicted };
  }
  if (!elected) return null;
  const image = proposal?.kind === 'elect-hostos' ? 'HostOS image' : 'GuestOS image';
  return { image, reproduced: false, contradicted };
}

function names(result: CheckResult, sha256: string): boolean {
  if (result.outcome === 'skipped') return false;
  return result.comparisons.some(({ expected, actual }) => expected.value === sha256 || actual.value === sha256);
}

function isGood(result: CheckResult, sha256: string): boolean {
  if (result.outcome !== 'verified') return false;
  return result.comparisons
    .filter(({ expected, actual }) => expected.value === sha256 || actual.value === sha256)
    .every(({ equal }) => equal);
}

/**
 * Which verified release a hash is. “Yes” needs a verified verdict in which this very image is what was built here, and
 * no mismatch anywhere that is about it: being seen in a verified run is not enough. What was found on another network
 * says nothing of this one.
 */
export function answerOf(all: readonly Match[], sha256: string, network: string): Answer {
  const matches = all.filter((match) => match.network === null || shownNetwork(match.network, network) === network);
  const known = matches.flatMap((match) => {
    const role = roleOf(match, sha256);
    return role ? [{ match, role }] : [];
  });
  const outcome = ({ match }: (typeof known)[number]) => match.verdict?.verdict.outcome ?? null;
  const bad = known.find(({ role }) => role.contradicted);
  if (bad) {
    const sentence = `What was compared for ${placeText(bad.match)} differs, and these bytes are one side of it.`;
    return { tone: 'bad', word: 'NOT VERIFIED: MISMATCH', sentence };
  }
  const good = known.find((each) => outcome(each) === 'verified' && each.role.reproduced);
  if (good) {
    const { commit } = good.match;
    const of = commit === null ? '' : ` of commit ${commit}`;
    const sentence = `These bytes are the ${good.role.image}${of}, ${placeText(good.match)}: built here from its source, and the same.`;
    return { tone: 'good', word: 'VERIFIED', sentence };
  }
  const [first] = known;
  if (first) {
    const sentence = `These bytes are known as the ${first.role.image} of ${placeText(first.match)}, which is not verified.`;
    return { tone: 'open', word: 'NOT VERIFIED', sentence };
  }
  const seen = [...new Set(matches.flatMap(({ seenAs }) => seenAs))];
  const as = seen.length === 0 ? '' : ` (${seen.join(', ')})`;
  return {
    tone: 'open',
    word: 'NO RELEASE',
    sentence: `These bytes were seen or kept as evidence${as}; they are no image of a verified release.`,
  };
}

export function placeText({ proposal, commit }: Match): string {
  if (proposal) return `proposal ${proposal.id}`;
  return commit === null ? 'a verification by hand' : `a verification of commit ${commit.slice(0, 10)} by hand`;
}
