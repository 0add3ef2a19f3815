import type { View } from '../../types.ts';
import type { StoredProposal } from './proposal.ts';

/** The proposals as one view sees them: the history that all share, and its own. */
export class ProposalBook {
  readonly #history: StoredProposal[];
  readonly #byId: Map<bigint, StoredProposal>;
  readonly #own = new Map<View, StoredProposal[]>();

  /** `history` in any order. */
  constructor(history: StoredProposal[]) {
    this.#history = history.toSorted((a, b) => Number(b.id - a.id));
    this.#byId = new Map(history.map((proposal) => [proposal.id, proposal]));
  }

  /** Adds a proposal that only this view sees. */
  submit(view: View, proposal: StoredProposal): void {
    const own = this.#own.get(view) ?? [];
    this.#own.set(
      view,
      [...own, proposal].toSorted((a, b) => Number(b.id - a.id)),
    );
  }

  /** Changes a proposal of this view: votes, tally, deadline, status. */
  change(view: View, id: bigint, changes: Partial<StoredProposal>): void {
    const own = this.#own.get(view) ?? [];
    if (!own.some((proposal) => proposal.id === id)) throw new Error(`proposal ${id} is not of this view`);
    this.#own.set(
      view,
      own.map((proposal) => (proposal.id === id ? { ...proposal, ...changes } : proposal)),
    );
  }

  forget(view: View): void {
    this.#own.delete(view);
  }

  get(view: View, id: bigint): StoredProposal | undefined {
    return this.#own.get(view)?.find((proposal) => proposal.id === id) ?? this.#byId.get(id);
  }

  newestFirst(view: View): StoredProposal[] {
    return [...(this.#own.get(view) ?? []), ...this.#history];
  }
}
