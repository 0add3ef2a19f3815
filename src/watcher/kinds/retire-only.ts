import type { Action } from '../../domain/proposal.ts';
import { electsSomething, GUESTOS_FIELDS, HOSTOS_FIELDS, readElection } from '../election.ts';
import { GUESTOS_ELECTION, HOSTOS_ELECTION } from '../query.ts';

export const kind = 'retire-only';
export const functions: readonly number[] = [GUESTOS_ELECTION, HOSTOS_ELECTION];

/** Versions are retired and none is elected. */
export function read(payload: Uint8Array, nnsFunction: number): Action | null {
  const election = readElection(nnsFunction === HOSTOS_ELECTION ? HOSTOS_FIELDS : GUESTOS_FIELDS, payload);
  if ('kind' in election) return election;
  if (electsSomething(election) || election.retires.length === 0) return null;
  return { kind, component: election.component, retires: election.retires };
}
