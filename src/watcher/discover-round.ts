import { WatchError } from '../domain/errors.ts';
import type { Observation, Unavailable } from '../domain/evidence.ts';
import type { ProposalId } from '../domain/ids.ts';
import type { ProposalReader } from '../domain/ports.ts';
import type { Proposal } from '../domain/proposal.ts';
import type { Elections } from '../domain/service-ports.ts';
import {
  type DiscoverMemory,
  type DiscoverFailure,
  isDue,
  isOver,
  isVoting,
  sameSnapshot,
  unreadableProposal,
} from './discover-due.ts';
import { AT_ONCE, inBatches } from './query.ts';
import type { ListedProposal, Snapshot } from './list-candid.ts';

/** What one round came to. */
export interface Discovered {
  /** Elections that were recorded for the first time, as far as this process knows. */
  readonly found: readonly ProposalId[];
  /** Known elections that were recorded again, since something of them changed. */
  readonly changed: readonly ProposalId[];
  /** Answers that were older than what is known. */
  readonly refused: readonly ProposalId[];
  /** What is wrong now, also where an earlier round saw it and this one had no reason to look again. */
  readonly troubles: readonly DiscoverFailure[];
}

export interface RoundDeps {
  readonly reader: ProposalReader;
  readonly elections: Elections;
  readonly memory: DiscoverMemory;
  /** UTC milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/** Keys of what may be wrong with the lists. */
export const LIST_FAILURE = {
  hides: 'list hides proposals',
  invents: 'list invents proposals',
  unreadable: 'list unreadable',
  unsigned: 'list not to be believed',
} as const;

type Known = Awaited<ReturnType<Elections['known']>>;
interface Candidate {
  readonly id: ProposalId;
  readonly listed: ListedProposal | undefined;
  readonly isNew: boolean;
}
interface Entry {
  readonly proposal: Proposal;
  /** What later looks are compared with. */
  readonly snapshot: Snapshot;
  readonly isNew: boolean;
}

/** Reads what the lists point at, certified, and records it. Nothing of a list itself is ever recorded as a fact. */
export class Round {
  readonly #deps: RoundDeps;
  readonly #newest: bigint;
  readonly #unfinished: ReadonlySet<ProposalId>;
  readonly #firstStart: boolean;
  readonly #result = { found: [] as ProposalId[], changed: [] as ProposalId[], refused: [] as ProposalId[] };
  #outage: WatchError | undefined;

  constructor(deps: RoundDeps, known: Known, firstStart: boolean) {
    this.#deps = deps;
    this.#newest = BigInt(known.newest ?? 0);
    this.#unfinished = new Set(known.unfinished);
    this.#firstStart = firstStart;
    for (const id of deps.memory.elections.keys()) {
      if (!this.#unfinished.has(id) && BigInt(id) <= this.#newest) this.#forget(id);
    }
  }

  trouble(key: string, sentence: string): void {
    this.#deps.memory.troubles.set(key, { key, sentence });
  }

  /** What was wrong with the lists is looked for anew. */
  forgetListFailures(): void {
    for (const key of Object.values(LIST_FAILURE)) this.#deps.memory.troubles.delete(key);
  }

  /**
   * Takes up what is listed and new, and what is known and due. What cannot be reached now is left to the next round,
   * and keeps nothing else waiting. False: a node listed what is no election, and was not believed further.
   */
  async takeUp(listed: readonly ListedProposal[], certified: boolean): Promise<boolean> {
    const candidates = this.#candidates(listed);
    for (let start = 0; start < candidates.length; start += AT_ONCE) {
      const chunk = candidates.slice(start, start + AT_ONCE);
      const reads = await inBatches(chunk, ({ id }) => this.#deps.reader.read(id, this.#deps.signal));
      const looks = chunk.map((candidate, index) => this.#understand(candidate, reads[index], certified));
      const entries = looks.filter((look) => typeof look === 'object');
      await this.#record(entries);
      if (!certified && looks.includes('made-up')) return false;
      if (this.#outage && entries.length === 0) throw this.#outage;
    }
    return true;
  }

  /** Throws where anything was out of reach: then the round failed, whatever else it recorded. */
  result(): Discovered {
    if (this.#outage) throw this.#outage;
    return { ...this.#result, troubles: [...this.#deps.memory.troubles.values()] };
  }

  #forget(id: ProposalId): void {
    this.#deps.memory.elections.delete(id);
    this.#settle(id);
  }

  #settle(id: ProposalId): void {
    for (const what of ['unreadable', 'vanished']) this.#deps.memory.troubles.delete(`proposal ${id} ${what}`);
  }

  /** New ones first, oldest first, so that a crash between two of them leaves no gap below the newest. */
  #candidates(listed: readonly ListedProposal[]): Candidate[] {
    const { memory, now } = this.#deps;
    const byId = new Map(listed.map((each) => [each.id, each]));
    const wanted = listed.filter((each) => BigInt(each.id) > this.#newest || isVoting(each)).map(({ id }) => id);
    return [...new Set([...wanted, ...this.#unfinished])]
      .filter((id) => isDue(memory.elections.get(id), byId.get(id), now()))
      .map((id) => ({ id, listed: byId.get(id), isNew: !this.#unfinished.has(id) && !memory.elections.has(id) }))
      .sort((a, b) => (a.isNew === b.isNew ? Number(BigInt(a.id) - BigInt(b.id)) : a.isNew ? -1 : 1));
  }

  #understand(
    candidate: Candidate,
    read: Observation<Proposal> | undefined,
    certified: boolean,
  ): Entry | 'made-up' | 'nothing' {
    const { isNew } = candidate;
    if (read?.status === 'observed') {
      this.#settle(candidate.id);
      if (isNew && read.value.action.kind === 'other') return this.#invented(candidate, 'is no election');
      return { proposal: read.value, snapshot: read.value, isNew };
    }
    switch (read?.kind) {
      case 'absent':
        return this.#absent(candidate);
      case 'malformed':
      case 'limit':
        return this.#unreadable(candidate, read, certified);
      default:
        this.#outage ??= new WatchError(read?.kind ?? 'bug', read?.code ?? 'nothing-read', read?.detail ?? '');
        return 'nothing';
    }
  }

  #invented({ id }: Pick<Candidate, 'id'>, what: string): 'made-up' {
    this.trouble(LIST_FAILURE.invents, `A list names proposal ${id} as an election, which ${what}.`);
    return 'made-up';
  }

  #absent({ id, isNew, listed }: Candidate): 'made-up' | 'nothing' {
    if (isNew) return this.#invented({ id }, 'does not exist');
    this.trouble(`proposal ${id} vanished`, `Governance says that there is no proposal ${id}, which it had before.`);
    this.#leaveForNow(id, listed);
    return 'nothing';
  }

  /** Told rather than skipped. Of one that could be read before, what is known is kept. */
  #unreadable({ id, isNew, listed }: Candidate, { detail }: Unavailable, certified: boolean): Entry | 'nothing' {
    this.trouble(`proposal ${id} unreadable`, `Proposal ${id} cannot be read: ${detail}`);
    const listedAs = listed && unreadableProposal(listed, certified);
    // What is known of it otherwise is kept; what the certified list says of its vote is not lost on it.
    if (listed && listedAs && (isNew || certified)) return { proposal: listedAs, snapshot: listed, isNew };
    this.#leaveForNow(id, listed);
    return 'nothing';
  }

  /** It is asked for again within the hour, or when the list shows something else. */
  #leaveForNow(id: ProposalId, listed: Snapshot | undefined): void {
    const snapshot = listed ?? this.#deps.memory.elections.get(id)?.snapshot;
    if (snapshot) this.#deps.memory.elections.set(id, { snapshot, readAtMs: this.#deps.now() });
  }

  async #record(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return;
    const { elections, memory, now } = this.#deps;
    const readAtMs = now();
    const found = entries.map(({ proposal }) => ({ proposal, history: this.#isHistory(proposal) }));
    const refused = new Set((await elections.record(found, readAtMs)).refused);
    for (const { proposal, snapshot, isNew } of entries) {
      const { id } = proposal;
      const before = memory.elections.get(id);
      if (refused.has(id)) this.#result.refused.push(id);
      else {
        memory.elections.set(id, { snapshot, readAtMs });
        if (isNew) this.#result.found.push(id);
        else if (before && !sameSnapshot(before.snapshot, snapshot)) this.#result.changed.push(id);
      }
    }
  }

  #isHistory(proposal: Proposal): boolean {
    return this.#firstStart && !this.#unfinished.has(proposal.id) && isOver(proposal, this.#deps.now());
  }
}
