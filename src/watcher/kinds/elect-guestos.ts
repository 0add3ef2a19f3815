import type { Action } from '../../domain/proposal.ts';
import { electedVersion, electsSomething, GUESTOS_FIELDS, readElection } from '../election.ts';
import { GUESTOS_ELECTION } from '../query.ts';

export const kind = 'elect-guestos';
export const functions: readonly number[] = [GUESTOS_ELECTION];

/** A GuestOS version is elected; retiring others beside it makes no other kind of it. */
export function read(payload: Uint8Array): Action | null {
  const election = readElection(GUESTOS_FIELDS, payload);
  if ('kind' in election) return election;
  if (!electsSomething(election)) return null;
  const version = electedVersion(election);
  return 'kind' in version ? version : { kind, version };
}
