import { hostSettings } from '../app/host-settings.ts';
import { HOST_PROBES, type HostProbe } from '../verify/collect/host-probes.ts';
import { problem, type Finding, type Probe } from './probe.ts';
import { EXCHANGE_MS, type DoctorPorts } from './ports.ts';

type HostPorts = Pick<DoctorPorts, 'exec' | 'config' | 'machine'>;
export type Found<P extends HostProbe> = Awaited<ReturnType<(typeof HOST_PROBES)[P]>>;

/** Asks what a run asks before it builds. */
export async function probed<P extends HostProbe>(id: P, ports: HostPorts, signal: AbortSignal): Promise<Found<P>> {
  const { exec, machine, config } = ports;
  const deps = { ...hostSettings(config), exec, machine, timeoutMs: EXCHANGE_MS };
  return (await HOST_PROBES[id](deps, signal)) as Found<P>;
}

/**
 * A line about something that a run asks as well. What keeps a run from building is a problem here, however it is
 * worded: so "no problem" from `doctor` means that no run finds the host unfit.
 */
export function hostLine<P extends HostProbe>(
  id: P,
  ports: HostPorts,
  signal: AbortSignal,
  say: (found: Found<P>) => Finding | Promise<Finding>,
  find: () => Promise<Found<P>> = () => probed(id, ports, signal),
): Probe {
  return {
    id,
    probe: async () => {
      const found = await find();
      const finding = await say(found);
      if (found.problem === undefined || finding.outcome === 'problem') return finding;
      return problem(found.problem.sentence, 'No build is begun before that is mended.');
    },
  };
}
