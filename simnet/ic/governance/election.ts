import type { BuiltRelease, Measurement, PayloadOverrides, Scenario } from '../../types.ts';
import { fromHex } from '../bytes.ts';
import { principalFromText } from '../principal.ts';
import { electGuestos, electHostos, GENERATION_OF, type Election } from './payload.ts';
import { Status, Topic, TOTAL_VOTING_POWER, type Action, type NnsFunction, type StoredProposal } from './proposal.ts';
import { IDL } from '@icp-sdk/core/candid';
import { Principal } from '@icp-sdk/core/principal';
import { electionSummary } from './summary.ts';

/** What was published for the release that a scenario elects. */
export interface Published {
  release: BuiltRelease;
  guestosSha256: string;
  hostosSha256: string;
  measurements: Measurement[];
}

export interface ElectionOptions {
  id: bigint;
  scenario: Scenario;
  published: Published;
  nowSeconds: bigint;
}

const HOUR = 3600n;
const VOTING_PERIOD = 4n * 86_400n;
/** The neuron of the release automation. */
const PROPOSER = 80n;
const SUBNET = 'tdb26-jop6k-aogll-7ltgs-eruif-6kk7m-qpktf-gdiqx-mxtrf-vb5e6-eqe';

/** The proposal of a scenario: submitted an hour ago and open for the rest of four days. */
export function scenarioProposal({ id, scenario, published, nowSeconds }: ElectionOptions): StoredProposal {
  const { elects } = scenario;
  const { commit } = published.release;
  const submitted = nowSeconds - HOUR;
  const os = elects === 'hostos' ? 'HostOS' : 'GuestOS';
  return {
    id,
    topic: elects === 'not-an-election' ? Topic.icOsVersionDeployment : Topic.icOsVersionElection,
    status: Status.open,
    proposer: PROPOSER,
    title: scenario.title ?? `Elect new IC/${os} revision (commit ${commit.slice(0, 7)})`,
    summary: scenario.summary ?? electionSummary(os, commit),
    url: 'https://forum.dfinity.org/t/proposal-to-elect-new-release-rc-2026-09-18-03-30/62000',
    submitted,
    deadline: submitted + VOTING_PERIOD,
    decided: 0n,
    failureReason: null,
    tally: { yes: 1_200_000_000_000n, no: 3_000_000_000n, total: TOTAL_VOTING_POWER },
    action: scenarioAction(scenario, published),
    votes: new Map(),
  };
}

function scenarioAction({ elects, payload = {} }: Scenario, published: Published): Action {
  const { commit } = published.release;
  if (elects === 'unknown-action') {
    const sha256 = [fromHex(published.guestosSha256)];
    return { kind: 'other', label: 'ReviseElectedEngineVersions', value: { version_to_elect: [commit], sha256 } };
  }
  const nns =
    elects === 'not-an-election' ? deployment(commit) : election(elects === 'hostos', payload, published, elects);
  if (payload.rawPayload !== undefined)
    return { kind: 'nns', nns: { ...nns, payload: fromHex(payload.rawPayload), shown: null } };
  return { kind: 'nns', nns };
}

function election(
  hostos: boolean,
  overrides: PayloadOverrides,
  published: Published,
  elects: Scenario['elects'],
): NnsFunction {
  const retireOnly = elects === 'retire-only';
  const { release } = published;
  const sha256 = hostos ? published.hostosSha256 : published.guestosSha256;
  const generation = overrides.undecodableMeasurements === true ? 'foreign' : GENERATION_OF[release.layout];
  const measurements =
    generation === 'none' || retireOnly ? null : overridden(published.measurements, overrides.measurements);
  const parts: Election = {
    version: pick(overrides.version, retireOnly ? null : release.commit),
    sha256: upperCased(pick(overrides.sha256, retireOnly ? null : sha256), overrides.sha256UpperCase === true),
    urls: overrides.urls ?? (retireOnly ? [] : publishedUrls(release.commit, hostos)),
    retires: overrides.retires ?? [],
    measurements,
    generation,
  };
  return hostos ? electHostos(parts) : electGuestos(parts);
}

export function publishedUrls(commit: string, hostos: boolean): string[] {
  const path = `ic/${commit}/${hostos ? 'host-os' : 'guest-os'}/update-img/update-img.tar.zst`;
  return [`https://download.dfinity.systems/${path}`, `https://download.dfinity.network/${path}`];
}

/** The published measurements, with what the scenario changes of them. */
export function overridden(published: Measurement[], change: PayloadOverrides['measurements']): Measurement[] | null {
  if (change === undefined) return published;
  if (change === null || Array.isArray(change)) return change;
  if (change === 'shuffled') return published.toReversed();
  if (change === 'missing') return published.slice(1);
  if (change === 'without-cpu-type') return published.map(({ vcpu_type: _none, ...rest }) => rest);
  if (change === 'extra') return [...published, { ...published[0]!, measurement: '5a'.repeat(48) }];
  return published.map((entry, index) => (index === change.alter ? altered(entry, change.field) : entry));
}

/** One character changed; a field that is absent becomes present. */
function altered(entry: Measurement, field: 'measurement' | 'kernel_cmdline' | 'vcpu_type'): Measurement {
  const text = entry[field] ?? 'EPYC-v3';
  const last = text.endsWith('0') ? '1' : '0';
  return { ...entry, [field]: text.slice(0, -1) + last };
}

/** Deployment of a version to a subnet, function 11: topic 12, no election. */
export function deployment(commit: string): NnsFunction {
  const type = IDL.Record({ subnet_id: IDL.Principal, replica_version_id: IDL.Text });
  const subnet_id = Principal.fromUint8Array(principalFromText(SUBNET)!);
  const payload = new Uint8Array(IDL.encode([type], [{ subnet_id, replica_version_id: commit }]));
  const shown = { fields: { subnet_id: SUBNET, replica_version_id: commit } };
  return { number: 11, name: 'DeployGuestosToAllSubnetNodes', payload, shown };
}

const pick = <T>(override: T | undefined, normal: T): T => (override === undefined ? normal : override);
const upperCased = (sha256: string | null, upper: boolean): string | null =>
  upper && sha256 !== null ? sha256.toUpperCase() : sha256;
