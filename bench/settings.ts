import { parseArgs } from 'node:util';
import { join } from 'node:path';
import { tmpdir } from 'node:os';

export const ROWS = ['whole', 'early', 'again', 'service', 'start', 'outcomes'] as const;
export type Row = (typeof ROWS)[number];
export const BUILDS = { third: 1 / 3, same: 1, thrice: 3 } as const;
export type Build = keyof typeof BUILDS;

export interface Settings {
  readonly rows: readonly Row[];
  /** Path of DFINITY's `ci/scripts/repro-check`; null: measured alone. */
  readonly reproCheck: string | null;
  readonly pairs: number;
  /** Size of each of the four images. */
  readonly mib: number;
  /** MiB per second of the download hosts; null: as fast as loopback goes. */
  readonly rates: readonly (number | null)[];
  readonly builds: readonly Build[];
  readonly scratch: string;
  /** Where the raw numbers go. */
  readonly json: string | null;
}

export const USAGE = `usage: script/bench [--repro-check PATH] [--full] [--rows ${ROWS.join(',')}] [--pairs N] [--mib N]
                    [--rates full,200,20] [--builds ${Object.keys(BUILDS).join(',')}] [--scratch DIR] [--json FILE]
Small by default (images of 64 MiB, 2 pairs); --full: images of 512 MiB, 5 pairs, two hours.
`;

/** Throws with a sentence where the arguments are not of that form. */
export function settingsOf(argv: readonly string[]): Settings {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      full: { type: 'boolean' },
      'repro-check': text,
      rows: text,
      pairs: text,
      mib: text,
      rates: text,
      builds: text,
      scratch: text,
      json: text,
    },
  });
  return {
    rows: chosen(values.rows, ROWS),
    reproCheck: values['repro-check'] ?? null,
    pairs: number(values.pairs, values.full ? 5 : 2),
    mib: number(values.mib, values.full ? 512 : 64),
    rates: (values.rates ?? 'full,200,20').split(',').map((rate) => (rate === 'full' ? null : number(rate, NaN))),
    builds: chosen(values.builds, Object.keys(BUILDS) as Build[]),
    scratch: values.scratch ?? join(tmpdir(), `nns-watch-bench-${process.pid}`),
    json: values.json ?? null,
  };
}

function chosen<T extends string>(given: string | undefined, known: readonly T[]): readonly T[] {
  if (given === undefined) return known;
  return given.split(',').map((name) => {
    const found = known.find((one) => one === name);
    if (found === undefined) throw new Error(`${name} is none of ${known.join(', ')}`);
    return found;
  });
}

function number(given: string | undefined, otherwise: number): number {
  const value = given === undefined ? otherwise : Number(given);
  if (!(value > 0)) throw new Error(`not a number above zero: ${given ?? ''}`);
  return value;
}
