import { describe, expect, it } from 'vitest';
import { WatchError } from '../../src/domain/errors.ts';
import { atAnyHost, type Reached } from '../../src/watcher/boundary.ts';

const HOSTS = ['https://one.example', 'https://two.example', 'https://three.example'];
const [ONE, TWO, THREE] = HOSTS as [string, string, string];
type Answers = Readonly<Record<string, (signal: AbortSignal) => Promise<string>>>;

const silent = (): Promise<never> => new Promise(() => undefined);
const good = (): Promise<string> => Promise.resolve('good');
const fails = (kind: 'transport' | 'untrusted', code: string) => (): Promise<never> =>
  Promise.reject(new WatchError(kind, code, code));

/** Asks hosts that answer so; gives also who was asked, and whose work went on at the end. */
async function asked(
  answers: Answers,
  { hedgeMs = 20, timeoutMs = 30_000, outer = new AbortController().signal } = {},
) {
  const order: string[] = [];
  const signals = new Map<string, AbortSignal>();
  const deps = {
    hosts: HOSTS,
    rootKey: undefined,
    fetch,
    clock: Date,
    timeoutMs,
    backoff: { firstMs: 1, mostMs: 30_000, tries: 3 },
    hedgeMs,
  };
  const began = Date.now();
  const reached: Reached<string> = await atAnyHost(deps, outer, ({ host, signal }) => {
    order.push(host);
    signals.set(host, signal);
    return answers[host]?.(signal) ?? silent();
  });
  const goesOn = [...signals].filter(([, signal]) => !signal.aborted).map(([host]) => host);
  return { reached, order, goesOn, ms: Date.now() - began };
}

describe('a boundary node that is silent', () => {
  it('does not hold the answer of the next one, and is not waited for any more', async () => {
    const { reached, order, goesOn, ms } = await asked({ [TWO]: good });
    expect(reached).toEqual({ status: 'reached', host: TWO, value: 'good' });
    expect([order, goesOn]).toEqual([[ONE, TWO], []]);
    expect(ms).toBeLessThan(10_000);
  });

  it('does not hold it either where the next one cannot be trusted', async () => {
    const { reached } = await asked({ [TWO]: fails('untrusted', 'certificate-untrusted'), [THREE]: good });
    expect(reached).toMatchObject({ host: THREE, value: 'good' });
  });

  it('is the one that is believed where it answers in the end and the others do not', async () => {
    const late = (): Promise<string> => new Promise((resolve) => setTimeout(() => resolve('late'), 200));
    const { reached } = await asked({ [ONE]: late, [TWO]: fails('transport', 'down') });
    expect(reached).toMatchObject({ host: ONE, value: 'late' });
  });

  it('is named with all the others where nobody answers, in the order of the settings', async () => {
    const nobody = { [TWO]: fails('transport', 'down'), [THREE]: fails('untrusted', 'certificate-stale') };
    const { reached, order } = await asked(nobody, { timeoutMs: 100 });
    expect(reached.status === 'failed' && reached.failures.map(({ host, code }) => [host, code])).toEqual([
      [ONE, 'no-answer-in-time'],
      [TWO, 'down'],
      [THREE, 'certificate-stale'],
    ]);
    // Whose answer does not hold is not asked again.
    expect(order.filter((host) => host === THREE)).toHaveLength(1);
  });

  it('is left at once where nobody waits for the answer any more', async () => {
    const stopping = new AbortController();
    setTimeout(() => stopping.abort(), 50);
    const { reached, goesOn, ms } = await asked({}, { outer: stopping.signal });
    expect([reached.status, goesOn]).toEqual(['failed', []]);
    expect(ms).toBeLessThan(10_000);
  });
});

it('asks no second boundary node where the first one answers in time', async () => {
  const { order } = await asked({ [ONE]: good }, { hedgeMs: 5_000 });
  expect(order).toEqual([ONE]);
});
