import type { Action, ProposalKind } from '../../domain/proposal.ts';
import * as electGuestos from './elect-guestos.ts';
import * as electHostos from './elect-hostos.ts';
import * as retireOnly from './retire-only.ts';

/** One kind of proposal that we understand. */
export interface Kind {
  readonly kind: ProposalKind;
  /** Numbers of the NNS functions that can carry it. */
  readonly functions: readonly number[];
  /** null: the payload is of another kind. */
  readonly read: (payload: Uint8Array, nnsFunction: number) => Action | null;
}

export const KINDS: readonly Kind[] = [electGuestos, electHostos, retireOnly];
