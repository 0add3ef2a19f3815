import type { ProposalId } from '../../domain/ids.ts';
import type { Notice } from '../../domain/notice.ts';
import type { ProposalStatus } from '../../domain/proposal.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { Message } from '../message-parts.ts';

/** One election as a list in a chat shows it. */
export interface ListedElection {
  readonly id: ProposalId;
  /** Strangers' text. */
  readonly title: string | null;
  readonly status: ProposalStatus;
  /** UTC seconds. */
  readonly deadlineAt: number | null;
  readonly verdict: (Pick<Verdict, 'outcome' | 'reason' | 'confirmed'> & { readonly final: boolean }) | null;
}

/** How the program is doing. Sentences are ours; strangers' text in them is bounded. */
export interface ProgramCondition {
  readonly version: string;
  /** Empty: all is well. */
  readonly problems: readonly string[];
  readonly work: readonly { readonly kind: 'verify' | 'build'; readonly held: number; readonly waiting: number }[];
  readonly elections: readonly ListedElection[];
}

/** What commands may ask of the program, and the little that they may change. Unknown proposals are `input` errors. */
export interface ChatActions {
  /** `mainnet`, or `NOT MAINNET: …`. */
  readonly network: string;
  /** STATUS_PUBLIC_URL. */
  readonly statusUrl: string | null;
  /** The most urgent first. */
  readonly elections: () => Promise<readonly ListedElection[]>;
  /** All that is known of one election, as a notice that is told to nobody. */
  readonly known: (id: ProposalId) => Promise<Notice>;
  readonly condition: () => Promise<ProgramCondition>;
  /** Until its deadline; gives that, in UTC seconds. */
  readonly mute: (id: ProposalId) => Promise<number>;
  /** Gives the notifiers that the newest news are on their way to. */
  readonly redeliver: (id: ProposalId) => Promise<readonly string[]>;
}

interface Described {
  readonly name: string;
  readonly description: string;
  /** Changes something, and is for those only who manage the place. */
  readonly changes: boolean;
}

/** A slash command: what it is called, and the message that it answers with. */
export type ChatCommand = Described &
  (
    | { readonly about: 'all'; readonly answer: (actions: ChatActions) => Promise<Message> }
    | { readonly about: 'proposal'; readonly answer: (actions: ChatActions, id: ProposalId) => Promise<Message> }
  );
