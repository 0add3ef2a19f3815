import type { VerdictDocument } from '../../src/domain/verdict-document.ts';
import type { CommitId, ProposalId } from '../../src/domain/ids.ts';
import { proposalLinks } from '../../src/domain/network.ts';
import type { Notice, NoticeType, ProposalCard } from '../../src/domain/notice.ts';

export const COMMIT = '79faae8b354edbf45ae858f1c88bcd1eba4897a5' as CommitId;
export const HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
export const OTHER_HASH = '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752';
const LOG = 'd2'.repeat(32);
const BUILD = { builder: 'build-host', seconds: 2950, exitCode: 0, signal: null };
const MEASUREMENT = 'c4a1'.repeat(24);
export const ID = '143816' as ProposalId;
/** 2026-09-18 12:00:00 UTC. */
export const NOW = 1_789_732_800;

export type Case = 'none' | 'verified' | 'mismatch' | 'unconfirmed' | 'inconclusive';
export const CASES: readonly Case[] = ['none', 'verified', 'mismatch', 'unconfirmed', 'inconclusive'];

export const proposal: ProposalCard = {
  id: ID,
  kind: 'elect-guestos',
  title: 'Elect new IC/GuestOS revision (commit 79faae8b)',
  commit: COMMIT,
  status: 'open',
  submittedAt: NOW - 3600,
  deadlineAt: NOW + 4 * 86_400,
  decidedAt: null,
  tally: { yes: '41234567890123456', no: '1234567890', total: '50000000000000000' },
  links: proposalLinks(ID, COMMIT),
  url: 'https://forum.dfinity.org/t/proposal-to-elect/66231',
};

type Side = { value: string | null; source: string };
const side = (value: string | null, source: string): Side => ({ value, source });
const url = (host: string): string => `https://${host}/ic/${COMMIT}/guest-os/update-img/update-img.tar.zst`;

function compare(label: string, expected: Side, actual: Side): Record<string, unknown> {
  return { label, expected, actual, equal: actual.value !== null && expected.value === actual.value };
}

function check(id: string, outcome: string, sentence: string, comparisons: unknown[], component: string | null) {
  const tier = ['mirrors-agree', 'provenance'].includes(id) ? 'corroborating' : 'authoritative';
  return { id, title: id, tier, component, outcome, sentence, comparisons };
}

function checksOf(outcome: Case, urls: readonly string[]): Record<string, unknown>[] {
  const built = { verified: HASH, mismatch: OTHER_HASH, unconfirmed: OTHER_HASH, inconclusive: null, none: null }[
    outcome
  ];
  const proposed = side(HASH, `proposal ${ID}`);
  const published = side(HASH, url('download.dfinity.systems'));
  const build = built === null ? 'inconclusive' : built === HASH ? 'verified' : 'mismatch';
  const images = urls.map((one) => compare('GuestOS image', proposed, side(HASH, one)));
  return [
    check('package-hash', 'verified', 'The GuestOS image has the proposal’s hash.', images, 'guestos'),
    check('sums-list-artifact', 'verified', 'Listed.', [compare('update-img.tar.zst', proposed, published)], 'guestos'),
    check('commit-on-release-ref', 'verified', 'The commit is on rc--2026-09-17_03-30 of dfinity/ic.', [], null),
    check('provenance', 'verified', 'The release pipeline attests the SHA256SUMS of the GuestOS.', [], 'guestos'),
    check(
      'build-reproduces',
      build,
      'Judged.',
      [compare('GuestOS image', published, side(built, 'local build 1'))],
      'guestos',
    ),
    check(
      'measurements-match',
      built === null ? 'inconclusive' : 'verified',
      built === null ? 'The build gave no launch measurements.' : 'The launch measurements are the same everywhere.',
      built === null
        ? []
        : [compare('measurement 1', side(MEASUREMENT, `proposal ${ID}`), side(MEASUREMENT, 'local build 1'))],
      'guestos',
    ),
    check(
      'package-hash',
      'verified',
      'The HostOS image is the same.',
      [compare('HostOS image', published, published)],
      'hostos',
    ),
  ];
}

const HEADLINES: Readonly<Record<Case, string>> = {
  none: '',
  verified: 'Verified: the published GuestOS image reproduces from its source.',
  mismatch: 'Mismatch: the GuestOS image built on this machine (two builds) does not match the published image.',
  unconfirmed:
    'Mismatch, not confirmed yet: the GuestOS image built on this machine (one build) does not match the published image.',
  inconclusive: 'Inconclusive: the build did not finish.',
};

export interface Extremes {
  urls?: readonly string[];
  findings?: { id: string; severity: 'info' | 'warning' | 'serious'; sentence: string }[];
  caveats?: { id: string; sentence: string }[];
  headline?: string;
}

export function document(outcome: Exclude<Case, 'none'>, extremes: Extremes = {}): VerdictDocument {
  const urls = extremes.urls ?? [url('download.dfinity.systems'), url('download.dfinity.network')];
  const { id, kind, title, status, links } = proposal;
  const reason = outcome === 'inconclusive' ? 'build-failed' : null;
  return {
    schema: 'nns-watch/verdict@1',
    network: 'mainnet',
    proposal: { id, kind, title, status, deadline: '2026-09-22T12:00:00Z', links },
    version: { commit: COMMIT, packageSha256: HASH, packageUrls: urls, retires: [] },
    verdict: {
      outcome: outcome === 'unconfirmed' ? 'mismatch' : outcome,
      reason,
      reasons: reason ? [reason] : [],
      confirmed: outcome === 'mismatch' ? true : outcome === 'unconfirmed' ? false : null,
      revision: 2,
      headline: extremes.headline ?? HEADLINES[outcome],
      findings: extremes.findings ?? [
        {
          id: 'payload-lint/duplicate-url',
          severity: 'warning',
          sentence: 'The same URL stands in the payload twice.',
        },
      ],
      caveats: extremes.caveats ?? [{ id: 'mirrors-agree/one', sentence: 'One mirror was out of reach.' }],
      decidedAt: '2026-09-18T12:00:00Z',
    },
    measured: null,
    checks: checksOf(outcome, urls),
    evidence: [{ kind: 'build', source: 'local build 1', observedAt: '2026-09-18T11:59:00Z', value: BUILD, file: LOG }],
    timing: {
      startedAt: '2026-09-18T11:00:00Z',
      seconds: { collecting: 120, building: 3000, judging: 1, total: 3600 },
    },
    host: { description: 'AMD EPYC 7443P, 64 GiB, Ubuntu 24.04, podman 4.9' },
    tool: { name: 'nns-watch', version: '0.1.0' },
  };
}

const SENTENCES: Readonly<Record<NoticeType, string>> = {
  discovered: 'A new GuestOS election is open.',
  progress: 'Building, 40 %.',
  'early-finding': 'A file at the proposal’s URLs does not match the hash of the GuestOS image in the proposal.',
  verdict: 'The verification is done.',
  reminder: 'Voting closes in 1 h, and neuron 27 has not voted.',
  'cannot-finish': 'The verification will not finish before voting closes: it is expected 2 h after the deadline.',
  decided: 'The proposal is adopted. Votes still count for rewards until the deadline.',
  closed: 'Voting has closed.',
  outcome: 'The proposal is adopted and executed.',
  'registry-differs':
    'The registry holds another package hash of GuestOS 79c01052b5 than proposal 143816 elected, which is verified here.',
  deployment: 'The proposal deploys version 79c01052b5, which has no verified verdict here.',
  trouble: 'No boundary node has answered for 10 minutes.',
  test: 'This is a test message of nns-watch.',
};

export const TYPES = Object.keys(SENTENCES) as NoticeType[];
/** About no proposal. */
export const ALONE: readonly NoticeType[] = ['trouble', 'test'];
const PINGS: readonly NoticeType[] = ['early-finding', 'verdict', 'reminder', 'cannot-finish', 'registry-differs'];

export function notice(type: NoticeType, outcome: Case, given: Partial<Notice> = {}): Notice {
  const alone = ALONE.includes(type);
  const building = { stage: 'building', percent: 40, expectedAt: NOW + 3000 } as const;
  const judged = { stage: 'judged', percent: null, expectedAt: null } as const;
  const open = type === 'progress' ? building : ({ stage: 'queued', percent: null, expectedAt: NOW + 7200 } as const);
  return {
    key: alone ? `${type} 1` : `proposal ${ID} ${type} ${outcome}`,
    type,
    at: NOW,
    network: 'mainnet',
    sentence: SENTENCES[type],
    pings: PINGS.includes(type),
    proposal: alone ? null : proposal,
    standing: alone ? null : outcome === 'none' ? open : judged,
    verdict: alone || outcome === 'none' ? null : document(outcome),
    ...given,
  };
}
