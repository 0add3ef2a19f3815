import type { Action, Deployed } from '../domain/proposal.ts';
import { DEPLOYMENT_TOPIC, DEPLOYMENTS, ELECTION_TOPIC, HOSTOS_DEPLOYMENT, OBSOLETE_ELECTIONS } from './query.ts';
import { KINDS } from './kinds/index.ts';
import { undecodable } from './election.ts';
import { versionsNamed } from './versions-named.ts';

/** The call of an NNS function that a proposal carries. */
export interface NnsCall {
  readonly nnsFunction: number;
  readonly payload: Uint8Array;
}

/** Where the action needs no decoding, or the call whose payload holds it. */
export type Classified = { readonly action: Action } | { readonly election: NnsCall };

/**
 * An election function counts whatever the topic is called, and everything else of the election topic is something that
 * we do not understand: neither can make an election look like nothing to verify.
 * @see https://github.com/dfinity/ic/blob/master/rs/nns/governance/src/governance.rs (`topic()`)
 */
export function classify(topic: number, call: NnsCall | null): Classified {
  if (call && KINDS.some(({ functions }) => functions.includes(call.nnsFunction))) {
    if (call.payload.length > 0) return { election: call };
    return { action: undecodable('payload-empty', 'The payload is empty, though it was asked for in full.') };
  }
  if (topic === DEPLOYMENT_TOPIC || (call && DEPLOYMENTS.includes(call.nnsFunction)))
    return { action: { kind: 'other', deploys: deployed(call) } };
  if (topic !== ELECTION_TOPIC) return { action: { kind: 'other' } };
  if (!call)
    return { action: undecodable('unknown-action', 'An election whose action is of a kind that is not known.') };
  if (OBSOLETE_ELECTIONS.includes(call.nnsFunction)) {
    return { action: undecodable('obsolete-function', `NNS function ${call.nnsFunction} is no longer executed.`) };
  }
  return {
    action: undecodable('unknown-function', `NNS function ${call.nnsFunction} is not an election that is known.`),
  };
}

/** A function that is not known is one for GuestOS: HostOS has one way to be deployed. */
function deployed(call: NnsCall | null): Deployed {
  return {
    component: call?.nnsFunction === HOSTOS_DEPLOYMENT ? 'hostos' : 'guestos',
    versions: versionsNamed(call?.payload ?? new Uint8Array()),
    // HostOS may be told to have none.
    needsVersion: call !== null && call.nnsFunction !== HOSTOS_DEPLOYMENT && DEPLOYMENTS.includes(call.nnsFunction),
  };
}

/** Decodes an election's payload. Strangers' bytes: to be called where time is bounded. */
export function readAction({ nnsFunction, payload }: NnsCall): Action {
  for (const kind of KINDS) {
    const action = kind.functions.includes(nnsFunction) ? kind.read(payload, nnsFunction) : null;
    if (action) return action;
  }
  return undecodable('elects-nothing', 'The payload neither elects nor retires a version.');
}
