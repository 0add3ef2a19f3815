import { expect, it } from 'vitest';
import { askedAgain } from '../../src/platform/asked-again.ts';

async function ask(
  answers: readonly (string | null)[],
): Promise<{ got: string | null; asked: number; slept: number[] }> {
  const slept: number[] = [];
  let asked = 0;
  const next = (): Promise<string | null> => Promise.resolve(answers[asked++] ?? null);
  const got = await askedAgain(next, { sleep: async (ms) => void slept.push(ms) });
  return { got, asked, slept };
}

it('is not asked again where it answers', async () => {
  expect(await ask(['a', 'b'])).toEqual({ got: 'a', asked: 1, slept: [] });
});

it('is asked again, after longer and longer, until it answers', async () => {
  expect(await ask([null, null, 'c'])).toEqual({ got: 'c', asked: 3, slept: [200, 400] });
});

it('is given up in the end', async () => {
  expect(await ask([])).toEqual({ got: null, asked: 5, slept: [200, 400, 800, 800] });
});
