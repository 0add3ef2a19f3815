import { VM } from '../verify/build/kvm.ts';
import { type Found, hostLine } from './host-line.ts';
import { type Finding, gigabytes, type Group, ok, problem, warning } from './probe.ts';
import type { DoctorPorts } from './ports.ts';

type MachinePorts = Pick<DoctorPorts, 'machine' | 'config'>;

/** What upstream asks for. @see https://github.com/dfinity/ic#verifying-releases */
const RECOMMENDED_CORES = 8;
const REAL_BUILD_RAM = 16e9;
/** Bazel, its compilers and their page cache, while the virtual machines run. */
const BESIDE_VMS = 6e9;

export const machineGroup: Group = {
  title: 'This machine',
  probes: (ports, signal) => [
    hostLine('architecture', ports, signal, (found) => architecture(found, ports)),
    hostLine('system', ports, signal, operatingSystem),
    { id: 'cores', probe: () => cores(ports) },
    hostLine('memory', ports, signal, (found) => memory(found, ports)),
  ],
};

function architecture({ problem: found }: Found<'architecture'>, { machine: { arch } }: MachinePorts): Finding {
  if (found === undefined) return ok(arch);
  return problem(
    `The images are built for x86_64, and this machine is ${arch}.`,
    'Run nns-watch on an x86_64 machine, or a cloud instance.',
  );
}

function operatingSystem({ seen: name, warning: found }: Found<'system'>): Finding {
  if (found === undefined) return ok(name);
  return warning(
    `${name}: the build is made for Ubuntu 22.04 or newer, and may fail on other systems.`,
    'If builds fail here, use Ubuntu 22.04 LTS or newer.',
  );
}

function cores({ machine }: MachinePorts): Finding {
  const seen = `${machine.cores} ${machine.cores === 1 ? 'core' : 'cores'}`;
  if (machine.cores >= RECOMMENDED_CORES) return ok(seen);
  return warning(
    `${seen}: ${RECOMMENDED_CORES} are recommended, and with fewer a build takes hours longer.`,
    'Take a machine with more cores, or check that BUILD_TIMEOUT and your deadlines leave enough time.',
  );
}

function memory({ bytes, seen, problem: found }: Found<'memory'>, { machine, config }: MachinePorts): Finding {
  const limited = bytes < machine.totalMemoryBytes;
  if (found !== undefined) {
    return problem(
      `${seen}: the build needs ${gigabytes(config.minRamBytes)} (MIN_RAM_GB).`,
      limited ? 'Raise the limit (MemoryMax, or that of the container).' : 'Add memory, or take a machine with 32 GB.',
    );
  }
  if (bytes < REAL_BUILD_RAM) {
    return warning(
      `${seen}: MIN_RAM_GB allows it, but a real build needs ${gigabytes(REAL_BUILD_RAM)}.`,
      'Leave MIN_RAM_GB at its default for real builds.',
    );
  }
  const atOnce = Math.max(1, Math.min(VM.atOnce, Math.floor(machine.cores / VM.cores)));
  const wanted = atOnce * VM.bytes + BESIDE_VMS;
  if (bytes >= wanted) return ok(seen);
  return warning(
    `${seen}: newer commits run up to ${atOnce} virtual machines of ${gigabytes(VM.bytes)} at once on ` +
      `${machine.cores} cores, and need ${gigabytes(wanted)}.`,
    limited
      ? 'Raise the limit of the control group.'
      : 'Add memory; a virtual machine that finds none fails its build.',
  );
}

export const toolsGroup: Group = {
  title: 'Tools',
  probes: (ports, signal) => [
    hostLine('sudo', ports, signal, (found) => sudo(found, ports.machine)),
    hostLine('git', ports, signal, (found) => tool('git', found)),
    hostLine('podman', ports, signal, (found) => tool('podman', found)),
  ],
};

/** @see https://github.com/dfinity/ic/blob/master/ci/container/container-run.sh calls podman through it, also as root. */
function sudo({ answer }: Found<'sudo'>, { user: { name } }: DoctorPorts['machine']): Finding {
  if (answer.worked) return ok('asks for no password');
  if (answer.missing) {
    return problem('sudo is missing: the build runs podman through it.', 'Install it.', { packages: ['sudo'] });
  }
  return problem(
    `sudo does not work without a password (${answer.why}), and nobody is there to type one.`,
    `Add "${name} ALL=(ALL) NOPASSWD: ALL" with visudo, for a user that does nothing else.`,
  );
}

function tool(name: 'git' | 'podman', { answer, version }: Found<'git'>): Finding {
  if (answer.worked) return ok(version);
  const why = answer.missing ? 'is missing' : `does not work (${answer.why})`;
  return problem(`${name} ${why}.`, 'Install it.', { packages: [name] });
}
