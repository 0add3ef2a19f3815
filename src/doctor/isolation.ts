import { secretSettings } from '../operator/shown-settings.ts';
import { hostLine, probed, type Found } from './host-line.ts';
import { container } from './container.ts';
import { prepareTry } from './container-try.ts';
import { thisPodmanHost } from './containers-conf.ts';
import { ok, problem, warning, type Finding, type Group } from './probe.ts';
import { once } from '../platform/once.ts';
import type { DoctorPorts } from './ports.ts';

/** Importing, up to three tries and cleaning up, each bounded by itself. */
const CONTAINER_MS = 120_000;

export const isolationGroup: Group = {
  title: 'The build',
  probes: (ports, signal) => {
    const apart = once(() => probed('namespaces', ports, signal));
    const { arch } = ports.machine;
    const ownConf = Boolean(ports.config.environment['CONTAINERS_CONF']);
    const probe = async (): Promise<Finding> => {
      const { worked: isolated } = (await apart()).answer;
      return container({ arch, ownConf, isolated, host: thisPodmanHost(), prepare: () => prepareTry(ports, signal) });
    };
    return [
      hostLine('namespaces', ports, signal, namespaces, apart),
      { id: 'container', limitMs: CONTAINER_MS, probe },
      hostLine('virtual-machines', ports, signal, (found) => virtualMachines(found, ports.machine)),
      { id: 'build-machine', probe: () => buildMachine(ports) },
    ];
  },
};

function namespaces({ answer, warning: accepted }: Found<'namespaces'>): Finding {
  if (answer.worked) return ok('the build sees nothing of ours');
  const sentence = `This machine allows no namespaces, which the build needs for its isolation (${answer.why}).`;
  const help = answer.missing ? { packages: ['util-linux'] } : {};
  if (accepted !== undefined) {
    return warning(
      `${sentence} BUILD_ISOLATION=if-possible lets it read what we can read.`,
      'Keep no secret here.',
      help,
    );
  }
  const todo = 'Use a machine (or a privileged container) that allows them, or one that holds no secret with ';
  return problem(sentence, `${todo}BUILD_ISOLATION=if-possible.`, help);
}

/** Only newer commits need it: their trees say so, and nothing here knows which comes next. */
function virtualMachines(
  { access, warning: found }: Found<'virtual-machines'>,
  machine: DoctorPorts['machine'],
): Finding {
  const { user, kvmDevice: device } = machine;
  if (access === 'usable') return ok(`the build’s user can open ${device}, within the build’s isolation too`);
  if (found === undefined) return warning(`${device} could not be tried.`, 'See the lines about sudo and namespaces.');
  const todo =
    access === 'missing'
      ? 'Use a machine with hardware virtualization (nested, where it is itself a virtual one), or hand it to the container.'
      : `Add the user to the device’s group: sudo usermod -aG kvm ${user.name}; a unit needs DeviceAllow=${device} rw ` +
        'where it has a DevicePolicy.';
  return warning(found.sentence, todo);
}

/** What isolation cannot do is said where somebody would rely on it. */
function buildMachine({ config }: Pick<DoctorPorts, 'config'>): Finding {
  const held = secretSettings(config).filter(({ given }) => given);
  if (held.length === 0) return ok('holds no secret; a hostile build, which is privileged, could still take it over');
  return warning(
    `This machine holds secrets (${held.map(({ name }) => name).join(', ')}), and a hostile build, which is ` +
      'privileged, could take it over.',
    'Put the builder on a machine of its own; docs/trust.md says why.',
  );
}
