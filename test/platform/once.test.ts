import { expect, it } from 'vitest';
import { once } from '../../src/platform/once.ts';

it('is done once for all who ask, and again after it failed', async () => {
  let tries = 0;
  const ask = once(async () => {
    tries += 1;
    if (tries === 1) throw new Error('too many open files');
    return tries;
  });
  const [first, second] = await Promise.allSettled([ask(), ask()]);
  expect([first.status, second.status]).toEqual(['rejected', 'rejected']);
  expect([await ask(), await ask()]).toEqual([2, 2]);
});
