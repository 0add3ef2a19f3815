import { IDL } from '@icp-sdk/core/candid';
import { readAction } from '../../src/watcher/action.ts';
import { encode, guestosWire, hostosWire, type Wire } from './candid.ts';

export const OptText = IDL.Opt(IDL.Text);
export const Texts = IDL.Vec(IDL.Text);
export const Blob = IDL.Vec(IDL.Nat8);
export const guestos = (changes: Wire = {}) =>
  readAction({ nnsFunction: 38, payload: encode({ ...guestosWire, ...changes }) });
export const hostos = (changes: Wire = {}) =>
  readAction({ nnsFunction: 50, payload: encode({ ...hostosWire, ...changes }) });
export const code = (action: ReturnType<typeof readAction>): string | undefined =>
  action.kind === 'undecodable' ? action.code : undefined;
