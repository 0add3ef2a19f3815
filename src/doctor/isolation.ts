import { probeArgv } from '../verify/build/build-argv.ts';
import { toolEnvironment } from '../verify/build/builder-deps.ts';
import { emulatedSentence, kvmAccess } from '../verify/build/kvm.ts';
import { secretSettings } from './given-settings.ts';
import { ask } from './ask.ts';
import { container } from './container.ts';
import { prepareTry } from './container-try.ts';
import { thisPodmanHost } from './containers-conf.ts';
import { ok, problem, warning, type Finding, type Group } from './look.ts';
import { once } from '../platform/once.ts';
import type { DoctorPorts } from './ports.ts';

type IsolationPorts = Pick<DoctorPorts, 'exec' | 'config' | 'machine' | 'envFile'>;

/** Importing, up to three tries and cleaning up, each bounded by itself. */
const CONTAINER_MS = 120_000;

export const isolationGroup: Group = {
  title: 'The build',
  looks: (ports, signal) => {
    const probed = once(() => ask(probeArgv(ports.machine.user), ports, signal));
    const { arch } = ports.machine;
    const ownConf = Boolean(ports.config.environment['CONTAINERS_CONF']);
    const look = async (): Promise<Finding> => {
      const { worked: isolated } = await probed();
      return container({ arch, ownConf, isolated, host: thisPodmanHost(), prepare: () => prepareTry(ports, signal) });
    };
    return [
      { id: 'namespaces', look: async () => namespaces(await probed(), ports) },
      { id: 'container', limitMs: CONTAINER_MS, look },
      { id: 'virtual-machines', look: () => virtualMachines(ports, signal) },
      { id: 'build-machine', look: () => buildMachine(ports) },
    ];
  },
};

/** The build's own question: may we make namespaces that hide what is ours? */
export function namespaces(
  answer: Awaited<ReturnType<typeof ask>>,
  { config }: Pick<IsolationPorts, 'config'>,
): Finding {
  if (answer.worked) return ok('the build sees nothing of ours');
  const sentence = `This machine allows no namespaces to keep the build apart in (${answer.why}).`;
  const help = answer.missing ? { packages: ['util-linux'] } : {};
  if (config.buildIsolation === 'if-possible') {
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
async function virtualMachines({ exec, config, machine }: IsolationPorts, signal: AbortSignal): Promise<Finding> {
  const { user, kvmDevice: device } = machine;
  const env = toolEnvironment({ env: config.environment });
  const access = await kvmAccess({ exec, user, device, env, signal });
  if (access === 'usable') return ok(`the build’s user can open ${device}, within the build’s isolation too`);
  if (access === null) return warning(`${device} could not be tried.`, 'See the lines about sudo and namespaces.');
  const todo =
    access === 'missing'
      ? 'Use a machine with hardware virtualization (nested, where it is itself a virtual one), or hand it to the container.'
      : `Add the user to the device’s group: sudo usermod -aG kvm ${user.name}; a unit needs DeviceAllow=${device} rw ` +
        'where it has a DevicePolicy.';
  return warning(emulatedSentence(access, device), todo);
}

/** What isolation cannot do is said where somebody would rely on it. */
export function buildMachine({ config }: Pick<IsolationPorts, 'config'>): Finding {
  const held = secretSettings(config).filter(({ given }) => given);
  if (held.length === 0) return ok('holds no secret; a hostile build, which is privileged, could still take it over');
  return warning(
    `This machine holds secrets (${held.map(({ name }) => name).join(', ')}), and a hostile build, which is ` +
      'privileged, could take it over.',
    'Put the builder on a machine of its own; docs/trust.md says why.',
  );
}
