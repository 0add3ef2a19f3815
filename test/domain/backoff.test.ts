import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_RETRY_AFTER_SECONDS, MAX_TRIES, nextDelay } from '../../src/domain/backoff.ts';

describe('the next try', () => {
  it('comes after half a second, then twice as long each time, then not any more', () => {
    const delays = [1, 2, 3, 4, 5].map((attempt) => nextDelay({ kind: 'transport', attempt }, 0.5));
    expect(delays).toEqual([500, 1000, 2000, null, null]);
  });

  it.each(['rejected', 'untrusted', 'malformed', 'limit', 'input', 'bug'] as const)(
    'does not come after an error of the kind %s',
    (kind) => {
      expect(nextDelay({ kind, attempt: 1 }, 0.5)).toBeNull();
      expect(nextDelay({ kind, attempt: 1, retryAfterSeconds: 1 }, 0.5)).toBeNull();
    },
  );

  it('is never earlier than the other side asked, and not made at all if that is too long', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_TRIES - 1 }),
        fc.integer({ min: 0, max: 2 * MAX_RETRY_AFTER_SECONDS }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempt, retryAfterSeconds, random) => {
          const delay = nextDelay({ kind: 'transport', attempt, retryAfterSeconds }, random);
          if (retryAfterSeconds > MAX_RETRY_AFTER_SECONDS) return delay === null;
          return delay !== null && delay >= retryAfterSeconds * 1000 && delay >= 375 && delay <= 132_000;
        },
      ),
    );
  });
});
