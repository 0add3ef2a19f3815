import { MIRROR_HOSTS } from '../../domain/artifact.ts';
import type { Cell, Check, Finding, JudgedCaveat, Judgement, Scope } from '../../domain/check.ts';
import { componentFacts } from '../../domain/component.ts';
import { evidenceKey, type Evidence, type FileHash, type Observation } from '../../domain/evidence.ts';
import { ELECTS_NOTHING, electionOf, electionOfComponent, noElection, perComponent, whole } from '../rules/cells.ts';
import { bounded } from '../../domain/bounded.ts';
import { compare, contradicts, hashSide, listing } from '../rules/compare.ts';
import { inconclusive, mismatch, verified } from '../rules/judgement.ts';
import { publishedReason } from '../rules/reasons.ts';

const IDENTITY = { id: 'package-hash', tier: 'authoritative', phase: 'before-build' } as const;
/** A payload has room for a thousand URLs, each of gigabytes. That there are more is told as a serious finding. */
const FETCHED = 16;

/**
 * The proposal's hash is the hash of the bytes at its URLs, each distinct URL fetched on its own. What is observed of a URL
 * was fetched in this run; a URL that was not is no part of what is verified, and the headline says so.
 */
export const packageHash: Check = {
  ...IDENTITY,
  title: 'The files at the proposal’s URLs have the proposal’s hash',
  see: 'https://github.com/dfinity/ic#verifying-releases',
  plan: (scope) => {
    const election = electionOf(scope);
    if (!election) return whole(IDENTITY, noElection(scope));
    const needs = distinct(election.version.packageUrls).slice(0, FETCHED).map(evidenceKey.image);
    const components = scope.components.filter(({ component }) => component === election.version.component);
    return perComponent(IDENTITY, { ...scope, components }, () => ({ needs }));
  },
  judge,
};

function judge(cell: Cell, scope: Scope, evidence: Evidence): Judgement {
  const election = electionOfComponent(scope, cell.component);
  if (!election) return inconclusive('nothing-to-build', ELECTS_NOTHING);
  const { proposal, version } = election;
  const label = componentFacts(version.component).label;
  const expected = { value: version.packageSha256.toLowerCase(), source: `proposal ${proposal.id}` };
  const looks = distinct(version.packageUrls).map((url) => ({ url, look: evidence.get(evidenceKey.image(url)) }));
  const comparisons = looks.map(({ url, look }) => compare(`${label} image`, expected, hashSide(look, url)));
  const unseen = looks.filter(({ look }) => look?.status !== 'observed').map(({ url }) => bounded(url, 160));
  const findings = [...notAsked(looks), ...refused(looks)];
  if (comparisons.some(contradicts)) {
    const sentence = `A file at the proposal’s URLs does not match the hash of the ${label} image in the proposal.`;
    return mismatch(sentence, comparisons, { findings });
  }
  if (!comparisons.some(({ equal }) => equal)) {
    const reason = publishedReason(looks.map(({ look }) => look));
    const why = reason === 'not-published' ? 'no file was found at' : 'nothing could be downloaded from';
    return inconclusive(reason, `The ${label} image could not be compared: ${why} ${listing(unseen.slice(0, 2))}.`, {
      comparisons,
      findings,
    });
  }
  const sentence = `The ${label} image at the proposal’s URLs has the proposal’s hash.`;
  return verified(sentence, comparisons, {
    findings,
    caveats: looks.slice(0, FETCHED).flatMap(notFetched),
  });
}

interface UrlAnswer {
  readonly url: string;
  readonly look: Observation<FileHash> | undefined;
}

/** A URL that gave nothing whole in this run, or has not done so yet. */
function notFetched({ url, look }: UrlAnswer): readonly JudgedCaveat[] {
  if (look?.status === 'observed') return [];
  const beyond = look?.code === 'too-many-bytes' ? ', which sends more bytes than the image has' : '';
  const sentence = `One of the proposal’s URLs was not fetched in this run: ${bounded(url, 160)}${beyond}.`;
  return [{ id: 'package-hash/url-unreachable', sentence, inHeadline: true }];
}

function notAsked(looks: readonly UrlAnswer[]): readonly Finding[] {
  const never = looks.slice(FETCHED).filter(({ look }) => look === undefined);
  if (never.length === 0) return [];
  const sentence = `The proposal names ${looks.length} URLs; ${never.length} of them were not fetched in this run.`;
  return [{ id: 'package-hash/urls-not-asked', severity: 'serious', sentence }];
}

/**
 * Nodes would ask for what this machine must not: nothing is known of these bytes, whatever else is fetched. On a download
 * host of DFINITY it is no odd URL: then the names that this machine is given are odd.
 */
function refused(looks: readonly UrlAnswer[]): readonly Finding[] {
  const refused = looks.filter(({ url, look }) => look?.status === 'unavailable' && isRefused(url, look.code));
  const [first, ...others] = refused.map(({ url }) => bounded(url, 160));
  if (first === undefined) return [];
  const more = others.length === 0 ? '' : `, and ${others.length} more`;
  const sentence = `A URL of the proposal is never fetched, because from this machine it is not an https URL of a public host: ${first}${more}.`;
  return [{ id: 'package-hash/url-refused', severity: 'serious', sentence }];
}

function isRefused(url: string, code: string): boolean {
  if (code === 'url-not-allowed') return true;
  const host = URL.parse(url)?.host ?? '';
  return code === 'address-not-allowed' && !Object.values(MIRROR_HOSTS).includes(host);
}

function distinct(urls: readonly string[]): readonly string[] {
  return [...new Set(urls)];
}
