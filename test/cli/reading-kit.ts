import { expect } from 'vitest';
import { program, seedForTests, type Ran } from './seeded.ts';

/** Escape sequences, other controls than a line's end, and invisible or reordering characters. */
export const HARMFUL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/;

/** Commands that only read, over a seeded database that stays open as a service would have it. */
export function readingRig() {
  const seeded = seedForTests('nns-watch-reading-');
  /** Each answer once: nothing changes here but what `status` shows. */
  const answers = new Map<string, Promise<Ran>>();
  const run = (...argv: string[]): Promise<Ran> => {
    const name = argv.join(' ');
    const answer = answers.get(name) ?? program(seeded.dataDir, argv);
    if (argv[0] !== 'status') answers.set(name, answer);
    return answer;
  };
  const json = async (...argv: string[]): Promise<Record<string, unknown>> => {
    const { code, stdout, stderr } = await run(...argv, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  return { seeded, run, json };
}
