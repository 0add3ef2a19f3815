/** The first build, and the clean one that follows a mismatch which only the first showed. */
export const ATTEMPTS = [1, 2] as const;

/** How an output of one attempt stands to what was published; `none`: one of the two was not observed. */
export type Standing = 'same' | 'differs' | 'none';

/** The one attempt from which all local facts of a verdict come. */
export interface Chosen {
  /** Place in `ATTEMPTS`. */
  readonly index: number;
  /** Nothing that it gave differs, so that it may take back what another attempt raised. */
  readonly isWhole: boolean;
}

/**
 * An attempt that differs in nothing, of several the one that shows most. Where there is none, the first one stands for
 * all: what one build gave right and another wrong is then known of no single build.
 */
export function chooseAttempt(outputs: readonly (readonly Standing[])[]): Chosen {
  const shown = (index: number): number => outputs.filter((standings) => standings[index] === 'same').length;
  const whole = ATTEMPTS.map((_, index) => index).filter(
    (index) => shown(index) > 0 && outputs.every((standings) => standings[index] !== 'differs'),
  );
  const [first, ...others] = whole;
  if (first === undefined) return { index: 0, isWhole: false };
  return { index: others.reduce((best, next) => (shown(next) > shown(best) ? next : best), first), isWhole: true };
}

/** What the builds of this machine say of one published output. */
export type LocalSays =
  /** The chosen build gave the published value; `tookBack`: another build did not. */
  | { readonly says: 'same'; readonly tookBack: boolean }
  | { readonly says: 'differs'; readonly confirmed: boolean }
  /** One build gave the published value or not, and no single build settles it. */
  | { readonly says: 'varies'; readonly reproducedOnce: boolean }
  | { readonly says: 'nothing' };

/** One output as each attempt gave it, in the order of `ATTEMPTS`; null where an attempt did not. */
export interface BuiltOutput {
  readonly values: readonly (string | null)[];
  readonly standings: readonly Standing[];
}

/**
 * The contract's rule for a build that differs: a second one equal to all that was published ends the alarm, one equal
 * to the first confirms it, and if all differ the source is not deterministic here. Outputs of different attempts are
 * never put together: that would be a release that no build gave.
 */
export function weigh({ values, standings }: BuiltOutput, chosen: Chosen): LocalSays {
  const differing = values.filter((_, index) => standings[index] === 'differs');
  const isSame = standings[chosen.index] === 'same';
  if (differing.length === 0) return isSame ? { says: 'same', tookBack: false } : { says: 'nothing' };
  if (standings.includes('same')) {
    return chosen.isWhole && isSame ? { says: 'same', tookBack: true } : { says: 'varies', reproducedOnce: true };
  }
  if (differing.length === 1) return { says: 'differs', confirmed: false };
  const again = differing.every((value) => value === differing[0]);
  return again ? { says: 'differs', confirmed: true } : { says: 'varies', reproducedOnce: false };
}
