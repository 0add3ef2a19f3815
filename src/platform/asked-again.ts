import { BACKOFF, pauseMs } from '../domain/backoff.ts';
import type { Clock } from './clock.ts';

/**
 * Asks again what lists things that others make and take away meanwhile: podman fails as a whole over one container
 * that goes while it lists. null: it gave nothing each time, which is no passing trouble any more.
 */
export async function askedAgain<T>(ask: () => Promise<T | null>, { sleep }: Pick<Clock, 'sleep'>): Promise<T | null> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ask();
    if (answer !== null || tries === BACKOFF.listing.tries) return answer;
    await sleep(pauseMs(BACKOFF.listing, tries));
  }
}
