import { SIGNS, type Row } from './evidence-rows.ts';
import { say, shortDigest } from './message-parts.ts';
import type { CheckView, ComparisonView } from './verdict-view.ts';

/** Whose bytes are the image, in the order in which one of them gives its digest. */
const WHOLE = ['package-hash', 'build-reproduces', 'sums-list-artifact', 'mirrors-agree'];
const LISTS = ['sums-list-artifact', 'mirrors-agree'];

export interface Agreement {
  readonly row: Row;
  /** Whether what is the same in this check is told by the row. */
  readonly covers: (check: CheckView) => boolean;
}

/**
 * `= 3 URLs, CDN, attestation and local build agree: 9f86d081…b0f00a08`, for one component; null: nothing gives that
 * digest. Only who was seen to have it is named.
 */
export function agreementOf(checks: readonly CheckView[]): Agreement | null {
  const digest = digestOf(checks);
  if (digest === null) return null;
  const agree = (id: string): number => checks.filter((check) => check.id === id).reduce(sum(digest), 0);
  const urls = agree('package-hash');
  const lists = LISTS.some((id) => agree(id) > 0) && !checks.some(contradictsList);
  const attested = lists && checks.some(({ id, outcome }) => id === 'provenance' && outcome === 'verified');
  const names = [
    ...(urls > 0 ? [urls === 1 ? 'the proposal’s URL' : `${urls} URLs`] : []),
    ...(lists ? ['CDN'] : []),
    ...(attested ? ['attestation'] : []),
    ...(agree('build-reproduces') > 0 ? ['local build'] : []),
  ];
  if (names.length === 0) return null;
  const verb = names.length > 1 || urls > 1 ? ' agree' : '';
  const covered = [...(lists ? LISTS : []), ...(attested ? ['provenance'] : []), 'package-hash', 'build-reproduces'];
  return {
    row: { sameness: 'equal', line: [say(`${SIGNS.equal} ${listed(names)}${verb}: `), { code: shortDigest(digest) }] },
    covers: ({ id, outcome }) => covered.includes(id) && outcome === 'verified',
  };
}

function contradictsList({ id, outcome }: CheckView): boolean {
  return LISTS.includes(id) && outcome === 'mismatch';
}

/** The digest of the image, of whoever was found to have what was expected. */
function digestOf(checks: readonly CheckView[]): string | null {
  for (const id of WHOLE) {
    const own = checks.filter((check) => check.id === id && !isNoWitness(check));
    const equal = own.flatMap(({ comparisons }) => comparisons).find((each) => imageDigest(each) !== null);
    if (equal) return imageDigest(equal);
  }
  return null;
}

/**
 * A list that is wrong somewhere is no witness, nor are builds of which one gave something else; of URLs each speaks for
 * itself.
 */
function isNoWitness({ id, outcome }: CheckView): boolean {
  return outcome !== 'verified' && id !== 'package-hash';
}

/** Lists name other files as well. */
function imageDigest({ label, expected, actual, equal }: ComparisonView): string | null {
  const value = actual.value?.toLowerCase() ?? null;
  if (!equal || expected.value === null || value === null || !/^[0-9a-f]{64}$/.test(value)) return null;
  return /image|\.tar\./i.test(label) ? value : null;
}

/** How many places of a check have it. */
function sum(digest: string) {
  return (count: number, check: CheckView): number => {
    if (isNoWitness(check)) return count;
    const same = check.comparisons.filter((each) => imageDigest(each) === digest);
    return count + new Set(same.map(({ actual }) => actual.source)).size;
  };
}

/** `one`, `one and two`, `one, two and three`. */
function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
