import type { HostFacts } from '../../domain/evidence.ts';
import type { Collector } from '../../domain/ports.ts';
import type { Clock } from '../../platform/clock.ts';
import { HOST_PROBES, type Probed, type ProbeDeps } from './host-probes.ts';

export interface HostDeps extends ProbeDeps {
  readonly clock: Pick<Clock, 'now'>;
}

/** Examines whether this machine can build at all, before anything expensive is begun. */
export function createHostCollector(deps: HostDeps): Collector<'host'> {
  return {
    kind: 'host',
    collect: async (_key, { signal }) => {
      const found: Probed[] = await Promise.all(Object.values(HOST_PROBES).map(async (probe) => probe(deps, signal)));
      return { status: 'observed', value: factsOf(found), source: 'this machine', observedAt: deps.clock.now() };
    },
  };
}

function factsOf(found: readonly Probed[]): HostFacts {
  const problems = found.flatMap(({ problem }) => problem ?? []);
  // Without sudo nobody knows whether namespaces could be made, and one cause is told once.
  const noSudo = problems.some(({ code }) => code === 'no-sudo');
  const known = ({ code }: { code: string }): boolean => !noSudo || code !== 'no-namespaces';
  return {
    problems: problems.filter(known),
    warnings: found.flatMap(({ warning }) => warning ?? []).filter(known),
    description: found.flatMap(({ seen }) => seen ?? []).join(', '),
  };
}

/** Where others build, this machine's fitness is no question: each builder examines its own, and says so in its result. */
export function createHostElsewhere({ clock }: { readonly clock: Pick<Clock, 'now'> }): Collector<'host'> {
  const value = { problems: [], warnings: [], description: 'a separate builder, which examines its own machine' };
  return {
    kind: 'host',
    collect: () => Promise.resolve({ status: 'observed', value, source: 'the settings', observedAt: clock.now() }),
  };
}
