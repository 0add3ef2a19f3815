import { ask } from './ask.ts';
import { ok, problem, type Finding, type Group } from './look.ts';
import type { DoctorPorts } from './ports.ts';

type ToolPorts = Pick<DoctorPorts, 'exec' | 'config' | 'machine'>;

export const toolsGroup: Group = {
  title: 'Tools',
  looks: (ports, signal) => [
    { id: 'sudo', look: () => sudo(ports, signal) },
    { id: 'git', look: () => tool('git', ports, signal) },
    { id: 'podman', look: () => tool('podman', ports, signal) },
  ],
};

/** @see https://github.com/dfinity/ic/blob/master/ci/container/container-run.sh calls podman through it, also as root. */
export async function sudo(ports: ToolPorts, signal: AbortSignal): Promise<Finding> {
  const answer = await ask(['sudo', '-n', 'true'], ports, signal);
  if (answer.worked) return ok('asks for no password');
  if (answer.missing) {
    return problem('sudo is missing: the build runs podman through it.', 'Install it.', { packages: ['sudo'] });
  }
  const { name } = ports.machine.user;
  return problem(
    `sudo does not work without a password (${answer.why}), and nobody is there to type one.`,
    `Add "${name} ALL=(ALL) NOPASSWD: ALL" with visudo, for a user that does nothing else.`,
  );
}

export async function tool(name: 'git' | 'podman', ports: ToolPorts, signal: AbortSignal): Promise<Finding> {
  const answer = await ask([name, '--version'], ports, signal);
  if (answer.worked) return ok(/\d+(?:\.\d+)+/.exec(answer.stdout)?.[0] ?? 'of an unknown version');
  const why = answer.missing ? 'is missing' : `does not work (${answer.why})`;
  return problem(`${name} ${why}.`, 'Install it.', { packages: [name] });
}
