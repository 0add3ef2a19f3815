import { hostLine, type Found } from './host-line.ts';
import { ok, problem, type Finding, type Group } from './look.ts';
import type { DoctorPorts } from './ports.ts';

export const toolsGroup: Group = {
  title: 'Tools',
  looks: (ports, signal) => [
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
