import { placesOf, type RegistryReading, type RunningVersions } from './after-vote.ts';
import type { ProposalId } from './ids.ts';
import type { ProposalStatus } from './proposal.ts';
import { plainText } from './text.ts';
import { utc } from './verdict-document.ts';

/** What followed the election of one version. */
export interface VersionAfterVote {
  readonly version: string;
  /** null: its record was not read. */
  readonly reading: RegistryReading | null;
  /** null: it was not read where versions run. */
  readonly running: RunningVersions | null;
  /** Proposals that deploy it, the newest first. */
  readonly deployments: readonly { readonly id: ProposalId; readonly status: ProposalStatus }[];
}

/** Places shown by name; an elected version may run on every subnet. */
const NAMED = 12;

/** What followed the vote, a sentence each; empty: nothing is known. */
export function afterVoteLines(known: VersionAfterVote | null): readonly string[] {
  if (!known) return [];
  const { reading, deployments } = known;
  const registry = reading ? [`${plainText(reading.result.sentence, 400)} Read ${utc(reading.readAtMs)}.`] : [];
  const deployed = deployments.map(({ id, status }) => `Proposal ${id} deploys this version (${status}).`);
  return [...registry, ...runningLines(known), ...deployed];
}

function runningLines({ running, version }: VersionAfterVote): readonly string[] {
  if (!running) return [];
  const places = placesOf(running, version);
  const more = places.length - NAMED;
  const named = [...places.slice(0, NAMED), ...(more > 0 ? [`${more} more places`] : [])];
  const { notRead, partlyRead = [] } = running.use;
  const unread = [...notRead, ...partlyRead.map(({ place }) => `some ${place}`)].join(', ').replaceAll('-', ' ');
  const but = unread === '' ? '' : ` Not read: ${unread}.`;
  const runs = places.length === 0 ? 'It runs nowhere that was read' : `It runs on ${named.join(', ')}`;
  return [`${plainText(runs, 2000)} (${utc(running.readAtMs)}).${but}`];
}
