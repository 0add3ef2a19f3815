import type { CheckResult, Outcome } from './check.ts';
import type { Observation, RegistryUse, RegistryVersion } from './evidence.ts';
import type { CommitId, ProposalId } from './ids.ts';
import type { Notice } from './notice.ts';
import { proposalNotice, type NewsContext } from './notices.ts';
import type { Deployed, Proposal } from './proposal.ts';
import type { VerdictDocument } from './verdict-document.ts';

/** What the registry was last seen to hold of an executed election. */
export interface RegistryReading {
  readonly result: CheckResult;
  readonly observation: Observation<RegistryVersion>;
  /** UTC milliseconds. */
  readonly readAtMs: number;
  /** UTC milliseconds: when the record was first seen to be gone; null: it is there. */
  readonly absentSinceMs: number | null;
}

/** Where versions run, as it was last read. */
export interface RunningVersions {
  readonly use: RegistryUse;
  /** UTC milliseconds. */
  readonly readAtMs: number;
}

/** A proposal that deploys versions. */
export interface Deployment {
  readonly proposal: Proposal;
  readonly deployed: Deployed;
}

/** A verdict of this service on an election of one version. */
export interface VersionVerdict {
  readonly proposalId: ProposalId;
  readonly component: string;
  readonly outcome: Outcome;
  readonly final: boolean;
}

/** What follows an election: kept with the notices that tell it. */
export interface AfterVote {
  /** Executed elections that this service followed, the newest first, with when each was read last; bounded. */
  readonly executed: () => Promise<
    readonly { readonly proposal: Proposal; readonly reading: RegistryReading | null }[]
  >;
  /** One transaction. */
  readonly read: (
    id: ProposalId,
    reading: RegistryReading,
    notices: readonly Notice[],
    notifiers: readonly string[],
  ) => Promise<void>;
  /** Whether an executed proposal that is known retires this version. */
  readonly isRetired: (version: CommitId) => Promise<boolean>;
  readonly verdictsOn: (version: CommitId) => Promise<readonly VersionVerdict[]>;
  /** `newest`: deployments up to this id were looked at; null: at a first start. `open`: those that may still be decided. */
  readonly deployments: () => Promise<{ readonly newest: ProposalId | null; readonly open: readonly Deployment[] }>;
  /** One transaction; a snapshot of a known one takes the place of the earlier. */
  readonly deployed: (
    deployment: Deployment,
    seenAtMs: number,
    notices: readonly Notice[],
    notifiers: readonly string[],
  ) => Promise<void>;
  readonly deploymentsSeenTo: (id: ProposalId) => Promise<void>;
  readonly running: () => Promise<RunningVersions | null>;
  readonly runs: (running: RunningVersions) => Promise<void>;
}

const HOUR_MS = 3_600_000;
/** The registry of a fresh execution is read in every round; later, whenever it changed, and so often in any case. */
const FRESH_MS = 24 * HOUR_MS;
const OLD_MS = 6 * HOUR_MS;

/** Whether the record of an executed election is to be read. `changed`: the registry did since it was read last. */
export function isReadingDue(
  { executedAt }: Pick<Proposal, 'executedAt'>,
  reading: RegistryReading | null,
  changed: boolean,
  nowMs: number,
): boolean {
  if (reading === null || changed || reading.readAtMs > nowMs) return true;
  const { readAtMs, absentSinceMs } = reading;
  if (absentSinceMs !== null && nowMs - absentSinceMs < HOUR_MS) return true;
  return nowMs - (executedAt ?? 0) * 1000 < FRESH_MS || nowMs - readAtMs >= OLD_MS;
}

/**
 * Whoever retired a version is perhaps not known yet when its record is gone: so long it must be, before that is told.
 */
export const ABSENT_MS = 10 * 60_000;

export function isAbsent(observation: Observation<RegistryVersion>): boolean {
  return observation.status === 'unavailable' && observation.kind === 'absent';
}

/** What is told of a reading beside the one before; null: it is no news. `mark` names what was seen. */
export function registryNotice(
  context: NewsContext,
  told: {
    readonly proposal: Proposal;
    readonly result: CheckResult;
    readonly before: RegistryReading | null;
    readonly observation: Observation<RegistryVersion>;
    /** Not to be found there, and nobody is known to have retired it. */
    readonly missing: boolean;
    readonly document: VerdictDocument | null;
    /** Names this reading, or the time since when the record is missing. */
    readonly mark: string;
  },
): Notice | null {
  const { proposal, result, before, observation, missing, document, mark } = told;
  const differs = result.outcome === 'mismatch' || missing;
  const differed = before?.result.outcome === 'mismatch';
  if (differs ? differed && sameValue(observation, before.observation) : !differed || result.outcome !== 'verified')
    return null;
  const verified = document?.verdict?.['outcome'] === 'verified';
  const of = differs && verified ? ' What was elected is verified here; what nodes install may be something else.' : '';
  return proposalNotice(context, {
    type: 'registry-differs',
    key: `proposal ${proposal.id} registry ${mark}`,
    sentence: `${differs ? '' : 'Over: '}${result.sentence}${of}`,
    pings: differs,
    proposal,
    standing: null,
    verdict: document,
  });
}

function sameValue(one: Observation<RegistryVersion>, other: Observation<RegistryVersion>): boolean {
  if (one.status !== 'observed' || other.status !== 'observed') return false;
  return JSON.stringify(one.value) === JSON.stringify(other.value);
}

/** What is told of a deployment by the verdicts on what it deploys; null: all of it is verified. */
export function deploymentNotice(
  context: NewsContext,
  { proposal, deployed }: Deployment,
  verdicts: ReadonlyMap<CommitId, readonly VersionVerdict[]>,
): Notice | null {
  const { component, versions, needsVersion } = deployed;
  const states = versions.map((version) => ({ version, ...stateOf(component, verdicts.get(version) ?? []) }));
  const bad = states.find(({ state }) => state === 'mismatch') ?? states.find(({ state }) => state !== 'verified');
  if (!bad && (versions.length > 0 || !needsVersion)) return null;
  const sentence = bad
    ? `The proposal deploys version ${bad.version.slice(0, 10)}, ${bad.why}.`
    : 'The proposal deploys a version that cannot be read in its payload.';
  return proposalNotice(context, {
    type: 'deployment',
    key: `proposal ${proposal.id} deployment ${bad?.state ?? 'unread'}`,
    sentence,
    pings: bad?.state === 'mismatch',
    proposal,
    standing: null,
    verdict: null,
  });
}

type State = 'verified' | 'mismatch' | 'unverified';

/** A contradiction on any election of the version counts; a verified verdict must be of the component that is deployed. */
function stateOf(
  component: string,
  verdicts: readonly VersionVerdict[],
): { readonly state: State; readonly why: string } {
  const bad = verdicts.find(({ outcome }) => outcome === 'mismatch');
  if (bad) return { state: 'mismatch', why: `whose election, proposal ${bad.proposalId}, is a MISMATCH here` };
  const own = verdicts.filter((verdict) => verdict.component === component);
  const good = own.find(({ outcome }) => outcome === 'verified');
  if (good) return { state: 'verified', why: `verified with proposal ${good.proposalId}` };
  const open = own[0];
  return {
    state: 'unverified',
    why: open
      ? `whose election, proposal ${open.proposalId}, is ${open.outcome} here`
      : 'on whose election there is no verdict here',
  };
}

/** Where a version runs, in words; what was not read is named. */
export function placesOf({ use }: RunningVersions, version: string): readonly string[] {
  return [...new Set(use.inUse.filter((each) => each.version === version).map(({ by }) => by))];
}
