import type { Mirror } from '../domain/artifact.ts';
import type { Scope } from '../domain/check.ts';
import type { Component } from '../domain/component.ts';
import type { Evidence } from '../domain/evidence.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Builder, Collectors, CommitLock, OnProgress, ProposalReader, RunId, RunStore } from '../domain/ports.ts';
import type { Verdict } from '../domain/verdict.ts';
import type { Target } from './subject.ts';

/** What is asked. */
export interface VerifyInput {
  readonly target: Target;
  /** Components named by flag; empty: none was named. */
  readonly components: readonly Component[];
  readonly mirrors: readonly Mirror[];
  readonly build: boolean;
  readonly attestations: boolean;
  /** A mismatch that only the local build shows is built a second time. */
  readonly confirm: boolean;
  /**
   * A verdict as soon as the builds are over and what is elected is judged, though others' servers still keep us waiting;
   * what follows is another revision. A mismatch is told as it appears in any case.
   */
  readonly electedFirst?: boolean;
  /** The verdict of an earlier run, which people know: an alarm of it that this run does not raise is told as such. */
  readonly earlier?: Verdict | null;
  /** Build and give the hashes; compare nothing. */
  readonly dryRun: boolean;
  /** Keep workspaces. */
  readonly keep: boolean;
}

/** Everything outside that the action uses. */
export interface VerifyDeps {
  readonly now: () => number;
  /** Ends early, without a word, when the signal is aborted. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly proposals: ProposalReader;
  readonly collectors: Collectors;
  readonly builder: Builder;
  readonly runs: RunStore;
  readonly lock: CommitLock;
  readonly progress: OnProgress;
  readonly signal: AbortSignal;
  /** Asked before a second build; no: the first build's word stays, unconfirmed. Not given: always. */
  readonly mayConfirm?: () => Promise<boolean>;
}

/** What one run gave. `verdict` is null for a dry run only. */
export interface VerifyResult {
  readonly run: RunId;
  readonly target: Target;
  readonly proposal: Proposal | null;
  /** null where the proposal could not be read. */
  readonly scope: Scope | null;
  readonly verdict: Verdict | null;
  readonly revision: number;
  readonly evidence: Evidence;
  /** UTC milliseconds. */
  readonly startedAt: number;
  readonly decidedAt: number;
  /** Seconds spent, by stage. */
  readonly seconds: Readonly<Record<string, number>>;
}
