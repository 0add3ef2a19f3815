import { readFileSync } from 'node:fs';
import type { Measurement } from '../../types.ts';
import { fillers } from './filler.ts';
import { deployment } from './election.ts';
import { blessReplicaVersion, electGuestos, electHostos, retireReplicaVersions, type Generation } from './payload.ts';
import { RESTED_VOTES, TOTAL_VOTING_POWER, type Action, type StoredProposal } from './proposal.ts';

/** One record of fixtures/proposals.json: a real proposal, with the fields that are invented named in `synthetic`. */
interface Recorded {
  id: string;
  topic: number;
  action: string;
  nnsFunction: number | null;
  title: string;
  summary: string;
  proposer: string;
  submitted: number;
  decided: number;
  status: number;
  failureReason: string | null;
  version: string;
  sha256: string;
  urls: string[];
  retires: string[];
  measurements: Measurement[] | null;
  generation: Generation;
}

const VOTING_PERIOD = 4n * 86_400n;

/** What every view sees: real elections, real others, and many newer proposals of other topics. */
export function history(nowSeconds: bigint): StoredProposal[] {
  const file = new URL('../../fixtures/proposals.json', import.meta.url);
  const { proposals } = JSON.parse(readFileSync(file, 'utf8')) as { proposals: Recorded[] };
  return [...proposals.map(toStored), ...fillers(nowSeconds)];
}

function toStored(record: Recorded): StoredProposal {
  const submitted = BigInt(record.submitted);
  return {
    id: BigInt(record.id),
    topic: record.topic,
    status: record.status,
    proposer: BigInt(record.proposer),
    title: record.title,
    summary: record.summary,
    url: '',
    submitted,
    deadline: submitted + VOTING_PERIOD,
    decided: BigInt(record.decided),
    failureReason: record.failureReason,
    tally: { yes: 42_674_270_141_132_169n, no: 63_497_607_294_091n, total: TOTAL_VOTING_POWER },
    action: toAction(record),
    votes: RESTED_VOTES,
  };
}

function toAction(record: Recorded): Action {
  const { version, sha256, urls, retires, measurements, generation } = record;
  const election = { version, sha256, urls, retires, measurements, generation };
  switch (record.nnsFunction) {
    case null:
      return { kind: 'other', label: record.action, value: { replica_version_id: [version] } };
    case 5:
      return { kind: 'nns', nns: blessReplicaVersion(version, sha256, urls) };
    case 11:
      return { kind: 'nns', nns: deployment(version) };
    case 36:
      return { kind: 'nns', nns: retireReplicaVersions(retires) };
    case 50:
      return { kind: 'nns', nns: electHostos(election) };
    default:
      return { kind: 'nns', nns: electGuestos(election) };
  }
}
