/** The first build, and the clean one that follows a mismatch which only the first showed. */
export const ATTEMPTS = [1, 2] as const;

/** What the builds of this machine say of the published bytes. */
export type LocalSays =
  /** One build gave the published value; `varied`: another build did not. */
  | { readonly says: 'same'; readonly varied: boolean }
  | { readonly says: 'differs'; readonly confirmed: boolean }
  /** No build gave the published value, and no two gave the same. */
  | { readonly says: 'varies' }
  | { readonly says: 'nothing' };

/**
 * The contract's rule for a build that differs: a second one equal to the published bytes ends the alarm, one equal
 * to the first confirms it, and if all differ the source is not deterministic here. A build must equal everything
 * that was published: mirrors that differ from each other can never both be reproduced.
 */
export function weigh(built: readonly string[], published: readonly string[]): LocalSays {
  if (built.length === 0 || published.length === 0) return { says: 'nothing' };
  const reproduces = (value: string): boolean => published.every((other) => other === value);
  if (built.some(reproduces)) return { says: 'same', varied: !built.every(reproduces) };
  if (built.length === 1) return { says: 'differs', confirmed: false };
  return built.every((value) => value === built[0]) ? { says: 'differs', confirmed: true } : { says: 'varies' };
}
