import type { Cell, Check, Finding, Judgement, Scope } from '../../domain/check.ts';
import type { DashboardProposal } from '../../domain/dashboard-proposal.ts';
import { evidenceKey, type Evidence } from '../../domain/evidence.ts';
import type { ElectedVersion, LaunchMeasurement } from '../../domain/proposal.ts';
import { ELECTS_NOTHING, electionOf, noElection, whole } from '../rules/cells.ts';
import { listing } from '../rules/compare.ts';
import { advice, inconclusive } from '../rules/judgement.ts';
import { agreement } from '../rules/measurement-sets.ts';

type Measurements = readonly LaunchMeasurement[];

const IDENTITY = { id: 'dashboard-agrees', tier: 'advisory', phase: 'before-build' } as const;

/** The public dashboard shows voters what the canister holds. It is an index run by one party, never an authority. */
export const dashboardAgrees: Check = {
  ...IDENTITY,
  title: 'The dashboard shows the same payload',
  see: 'https://ic-api.internetcomputer.org/api/v3/proposals',
  plan: (scope) => {
    const election = electionOf(scope);
    return whole(IDENTITY, election ? { needs: [evidenceKey.dashboard(election.proposal.id)] } : noElection(scope));
  },
  judge,
};

function judge(_cell: Cell, scope: Scope, evidence: Evidence): Judgement {
  const election = electionOf(scope);
  if (!election) return inconclusive('nothing-to-build', ELECTS_NOTHING);
  const look = evidence.get(evidenceKey.dashboard(election.proposal.id));
  if (look?.status !== 'observed' || look.value.proposalId !== election.proposal.id) {
    return inconclusive('unreachable', 'The dashboard did not show this proposal.');
  }
  const { odd = [] } = look.value;
  const found = differences(look.value, election.version);
  if (odd.length === 0) return advice('The dashboard shows the same payload as the governance canister.', found);
  const sentence = `The ${listing(odd)} on the dashboard cannot be read in full.`;
  const rest = 'What can be read on the dashboard matches the governance canister.';
  return advice(rest, found, [{ id: 'dashboard-agrees/not-read', sentence }]);
}

/** What the dashboard does not carry is not compared: its older records lack fields. */
function differences(shown: DashboardProposal, version: ElectedVersion): readonly Finding[] {
  const { packageSha256, version: commit, packageUrls, launchMeasurements, odd = [] } = shown;
  const measured = version.launchMeasurements ?? [];
  const differing = [
    packageSha256 !== null && packageSha256.toLowerCase() !== version.packageSha256.toLowerCase() ? ['hash'] : [],
    commit !== null && commit !== version.commit ? ['version'] : [],
    packageUrls.length > 0 && !(odd.includes('URLs') ? within : sameTexts)(packageUrls, version.packageUrls)
      ? ['URLs']
      : [],
    launchMeasurements !== null && !agree(launchMeasurements, measured, odd.includes('launch measurements'))
      ? ['launch measurements']
      : [],
  ].flat();
  return differing.map((what) => ({
    id: 'dashboard-agrees/differs',
    severity: 'warning',
    sentence: `The dashboard and the governance canister show different values for the ${what}.`,
  }));
}

/** Of a list that is read in part, nothing is held against the canister's but what stands in it. */
function agree(shown: Measurements, held: Measurements, inPart: boolean): boolean {
  if (!inPart) return agreement(shown, held) !== 'differs';
  return shown.every((entry) => held.some((other) => agreement([entry], [other]) !== 'differs'));
}

function within(some: readonly string[], all: readonly string[]): boolean {
  return some.every((text) => all.includes(text));
}

function sameTexts(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((text, index) => text === right[index]);
}
