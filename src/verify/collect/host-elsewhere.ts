import type { Collector } from '../../domain/ports.ts';
import type { Clock } from '../../platform/clock.ts';

/** Where others build, this machine's fitness is no question: each builder examines its own, and says so in its result. */
export function createHostElsewhere({ clock }: { readonly clock: Pick<Clock, 'now'> }): Collector<'host'> {
  const value = { problems: [], warnings: [], description: 'a builder of its own, which examines its machine itself' };
  return {
    kind: 'host',
    collect: () => Promise.resolve({ status: 'observed', value, source: 'the settings', observedAt: clock.now() }),
  };
}
