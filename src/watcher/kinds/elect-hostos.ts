import type { Action } from '../../domain/proposal.ts';
import { electedVersion, electsSomething, HOSTOS_FIELDS, readElection } from '../election.ts';
import { HOSTOS_ELECTION } from '../query.ts';

export const kind = 'elect-hostos';
export const functions: readonly number[] = [HOSTOS_ELECTION];

/** A HostOS version is elected. Its payload has no measurements. */
export function read(payload: Uint8Array): Action | null {
  const election = readElection(HOSTOS_FIELDS, payload);
  if ('kind' in election) return election;
  if (!electsSomething(election)) return null;
  const version = electedVersion(election);
  return 'kind' in version ? version : { kind, version };
}
