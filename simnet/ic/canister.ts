import type { View } from '../types.ts';

/** A rejection as the replica reports it. @see https://internetcomputer.org/docs/references/ic-interface-spec#reject-codes */
export interface Rejection {
  rejectCode: bigint;
  message: string;
  errorCode: string;
}

export type Answer = { reply: Uint8Array } | Rejection;

export interface CallContext {
  /** `update` goes through consensus and is certified; a query method may be called either way. */
  mode: 'query' | 'update';
  view: View;
  /** Time on the Internet Computer, milliseconds. */
  now: number;
  /** A lying replica that hides the newest election from lists. */
  omitNewestElection: boolean;
  /** Certificate of what the canister certified, at /canister/<id>/certified_data; null in an update call. */
  dataCertificate: ((certifiedData: Uint8Array) => Uint8Array) | null;
}

export interface Canister {
  id: Uint8Array;
  name: string;
  call: (method: string, arg: Uint8Array, context: CallContext) => Answer;
}

export const isRejection = (answer: Answer): answer is Rejection => 'rejectCode' in answer;

export function noSuchMethod(canister: string, method: string): Rejection {
  return {
    rejectCode: 5n,
    message: `Error from Canister ${canister}: Canister has no query method '${method}'..`,
    errorCode: 'IC0536',
  };
}

/** What a canister does with an argument or a state it cannot cope with. */
export function trap(canister: string, message: string): Rejection {
  return {
    rejectCode: 5n,
    message: `Error from Canister ${canister}: Canister called \`ic0.trap\` with message: '${message}'`,
    errorCode: 'IC0503',
  };
}

export function stopped(canister: string): Rejection {
  return { rejectCode: 5n, message: `Canister ${canister} is stopped`, errorCode: 'IC0508' };
}
