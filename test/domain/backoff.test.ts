import fc from 'fast-check';
import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BACKOFF, MAX_RETRY_AFTER_SECONDS, nextDelay, pauseMs, type Backoff } from '../../src/domain/backoff.ts';

const policies = Object.entries<Backoff>(BACKOFF);

describe('every policy', () => {
  it.each(policies)('%s waits twice as long each time, from its first pause to its longest', (_name, policy) => {
    expect(pauseMs(policy, 1)).toBe(policy.firstMs);
    for (let failures = 1; failures < 40; failures += 1) {
      expect(pauseMs(policy, failures + 1)).toBe(Math.min(policy.mostMs, 2 * pauseMs(policy, failures)));
    }
    expect(pauseMs(policy, 5000)).toBe(policy.mostMs);
    expect(pauseMs(policy, 0)).toBe(policy.firstMs);
  });

  it('stands in the one table: no other file raises two to a power', () => {
    const root = resolve(import.meta.dirname, '../..');
    const raising = globSync('src/**/*.ts', { cwd: root }).filter((file) =>
      /\b2 \*\* (?!\d)/.test(readFileSync(resolve(root, file), 'utf8')),
    );
    expect(raising).toEqual(['src/domain/backoff.ts']);
  });
});

describe.each(['download', 'request'] as const)('the next try of a %s', (name) => {
  const backoff = BACKOFF[name];

  it('comes after half a second, then twice as long each time, then not any more', () => {
    const delays = [1, 2, 3, 4, 5].map((attempt) => nextDelay(backoff, { kind: 'transport', attempt }, 0.5));
    expect(delays).toEqual([500, 1000, 2000, null, null]);
  });

  it.each(['rejected', 'untrusted', 'malformed', 'limit', 'input', 'bug'] as const)(
    'does not come after an error of the kind %s',
    (kind) => {
      expect(nextDelay(backoff, { kind, attempt: 1 }, 0.5)).toBeNull();
      expect(nextDelay(backoff, { kind, attempt: 1, retryAfterSeconds: 1 }, 0.5)).toBeNull();
    },
  );

  it('is never earlier than the other side asked, and not made at all if that is too long', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: backoff.tries - 1 }),
        fc.integer({ min: 0, max: 2 * MAX_RETRY_AFTER_SECONDS }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, retryAfterSeconds, random) => {
          const delay = nextDelay(backoff, { kind: 'transport', attempt, retryAfterSeconds }, random);
          if (retryAfterSeconds > MAX_RETRY_AFTER_SECONDS) return delay === null;
          return delay !== null && delay >= retryAfterSeconds * 1000 && delay >= 375 && delay <= 132_000;
        },
      ),
    );
  });
});
