import { afterAll, describe, expect, it } from 'vitest';
import { isLong, seeded, testSeed } from '../support/seeded.ts';
import { mutated } from './mutate.ts';
import { corpus, type Target } from './target.ts';
import { chatTargets } from './targets/chat.ts';
import { icTargets } from './targets/ic.ts';
import { publishedTargets } from './targets/published.ts';
import { sourceTargets } from './targets/source.ts';

const TARGETS: readonly Target[] = [...icTargets, ...publishedTargets, ...sourceTargets, ...chatTargets];
/** For one input, on a busy machine; the program's own limits are below it. */
const TOO_LONG_MS = 8_000;
const TOO_MUCH_MEMORY = 300 * 1024 * 1024;

afterAll(async () => {
  for (const { close } of TARGETS) await close?.();
});

async function attack(target: Target, bytes: Uint8Array, what: string): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('it takes too long')), TOO_LONG_MS);
  try {
    await Promise.race([target.run(bytes), late.promise]);
  } catch (cause) {
    const input = Buffer.from(bytes).toString('base64');
    throw new Error(`${target.name}, ${what}: ${String(cause)}\ninput in base64: ${input}`, { cause });
  } finally {
    clearTimeout(timer);
  }
}

describe.each(TARGETS)('$name', (target) => {
  const kept = corpus(target.name);

  it('has inputs to start from', () => {
    expect(kept.length).toBeGreaterThan(0);
  });

  it.each(kept)('keeps its promises with $file', async ({ file, bytes }) => {
    await attack(target, bytes, file);
  });

  it(
    `keeps its promises with mutations of them (seed ${testSeed})`,
    async () => {
      const random = seeded(testSeed);
      const seeds = kept.map(({ bytes }) => bytes);
      const before = process.memoryUsage.rss();
      const runs = isLong ? 50 * target.runs : target.runs;
      for (let run = 1; run <= runs; run += 1) await attack(target, mutated(seeds, random), `input ${run}`);
      expect(process.memoryUsage.rss() - before).toBeLessThan(TOO_MUCH_MEMORY);
    },
    isLong ? 600_000 : 60_000,
  );
});
