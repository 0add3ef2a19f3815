declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** A git commit: 40 lower-case hex digits. */
export type CommitId = Branded<'CommitId'>;
/** A SHA-256 digest: 64 lower-case hex digits. */
export type Sha256 = Branded<'Sha256'>;
/** A governance proposal's number: a nat64 as decimal text without leading zeros. */
export type ProposalId = Branded<'ProposalId'>;

/** Git accepts any case and prefixes; a version string of a proposal must be the whole lower-case id. */
export function parseCommitId(text: string): CommitId | null {
  return /^[0-9a-f]{40}$/.test(text) ? (text as CommitId) : null;
}

/** The registry accepts either case (invariants/common.rs), so digests are compared in lower case. */
export function parseSha256(text: string): Sha256 | null {
  return /^[0-9a-f]{64}$/i.test(text) ? (text.toLowerCase() as Sha256) : null;
}

/** A nat64 in decimal digits. */
export function parseProposalId(text: string): ProposalId | null {
  if (!/^[1-9][0-9]{0,19}$/.test(text)) return null;
  return BigInt(text) < 2n ** 64n ? (text as ProposalId) : null;
}
