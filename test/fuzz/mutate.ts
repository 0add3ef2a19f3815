/** Words that readers of our inputs treat in a way of their own, and numbers at the edges of what they hold. */
const WORDS = [
  ...['{', '}', '[', ']', '[[[[[[[[', '"', '\\u0000', '\\ud800', 'null', 'true', '-1', '1e999', '9007199254740993'],
  ...['\n', '\r\n', '\0', '\ufeff', '\u2028', '\u202e', '../', '=', '#', ',', ': ', 'https://127.0.0.1/', '__proto__'],
  ...['DIDL', 'refs/heads/', 'refs/pull/1/head', '@everyone', '429', '500'],
].map((word) => Buffer.from(word));
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x5b, 0x9f, 0xbf];
const LARGEST = 64 * 1024;

type Random = () => number;
type Change = (bytes: Buffer, random: Random, other: Buffer) => Buffer;

const below = (random: Random, limit: number): number => Math.floor(random() * Math.max(1, limit));
const pick = <T>(random: Random, all: readonly T[]): T => all[below(random, all.length)]!;
const splice = (bytes: Buffer, from: number, to: number, middle: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, from), middle, bytes.subarray(to)]);

function set(bytes: Buffer, at: number, value: number): Buffer {
  const copy = Buffer.from(bytes);
  if (copy.length > 0) copy[at] = value;
  return copy;
}

/** A number written in four or eight bytes, or in base 128: what lengths and counts look like. */
function number(random: Random): Buffer {
  const value = pick(random, [0, 1, 0x7f, 0xffff, 0x7fffffff, 0xffffffff]);
  const fixed = Buffer.alloc(8);
  fixed.writeUInt32BE(value, 4);
  return pick(random, [fixed, fixed.subarray(4), Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f]), Buffer.from([0x80])]);
}

const CHANGES: readonly Change[] = [
  (bytes, random) => {
    const at = below(random, bytes.length);
    return set(bytes, at, (bytes[at] ?? 0) ^ (1 << below(random, 8)));
  },
  (bytes, random) => set(bytes, below(random, bytes.length), pick(random, EDGES)),
  (bytes, random) => set(bytes, below(random, bytes.length), below(random, 256)),
  (bytes, random) => bytes.subarray(0, below(random, bytes.length)),
  (bytes, random) => bytes.subarray(below(random, bytes.length)),
  (bytes, random) => {
    const from = below(random, bytes.length);
    return splice(bytes, from, from + 1 + below(random, 32), Buffer.alloc(0));
  },
  (bytes, random) => {
    const at = below(random, bytes.length + 1);
    return splice(bytes, at, at, pick(random, WORDS));
  },
  (bytes, random) => {
    const at = below(random, bytes.length + 1);
    return splice(bytes, at, at + pick(random, [0, 1, 4, 8]), number(random));
  },
  (bytes, random) => {
    const [from, at] = [below(random, bytes.length), below(random, bytes.length + 1)];
    return splice(bytes, at, at, bytes.subarray(from, from + 1 + below(random, 256)));
  },
  (bytes, random, other) => {
    const [from, at] = [below(random, other.length), below(random, bytes.length + 1)];
    return splice(bytes, at, pick(random, [at, bytes.length]), other.subarray(from));
  },
];

/** One of the seeds with one to four changes, or, seldom, nothing but chance. */
export function mutated(seeds: readonly Uint8Array[], random: Random): Uint8Array {
  if (random() < 0.05) return Uint8Array.from({ length: below(random, 300) }, () => below(random, 256));
  let bytes: Buffer = Buffer.from(pick(random, seeds));
  const other = Buffer.from(pick(random, seeds));
  for (let left = 1 + below(random, 4); left > 0; left -= 1) bytes = pick(random, CHANGES)(bytes, random, other);
  // A buffer of its own, as everything that comes from outside has.
  return Uint8Array.from(bytes.subarray(0, LARGEST));
}
