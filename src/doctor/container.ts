import type { Answer } from '../verify/build/ask-tool.ts';
import { helpfulLines, missingPackages, type PodmanHost } from './containers-conf.ts';
import type { ContainerTry } from './container-try.ts';
import { ok, problem, warning, type Finding } from './probe.ts';

export interface ContainerProbe {
  readonly arch: string;
  readonly host: PodmanHost;
  /** CONTAINERS_CONF is set. */
  readonly ownConf: boolean;
  readonly isolated: boolean;
  readonly prepare: () => Promise<ContainerTry | Answer>;
}

/** Really runs a container as the build will: rootful by way of sudo, privileged, within the build's isolation. */
export async function container(inputs: ContainerProbe): Promise<Finding> {
  if (inputs.arch !== 'x86_64') {
    return warning('It could not be tried on this architecture.', 'Run nns-watch on an x86_64 machine.');
  }
  const prepared = await inputs.prepare();
  if (!('run' in prepared)) {
    return problem(
      `Podman cannot be used through sudo (${prepared.why}).`,
      'See the lines about sudo and podman; then run doctor again.',
      { packages: missingPackages(prepared.why, inputs.host) },
    );
  }
  try {
    return await tryOut(prepared, inputs);
  } finally {
    await prepared.close();
  }
}

async function tryOut(trial: ContainerTry, { host, ownConf, isolated }: ContainerProbe): Promise<Finding> {
  const where = isolated ? 'kept apart as the build is' : 'without isolation';
  const plain = await trial.run(isolated, 'none');
  if (plain.worked) return ok(`ran one as the build will: rootful, privileged, ${where}`);
  const failed = `No container runs as the build will run it (${plain.why})`;
  if (ownConf && (await trial.run(isolated, 'own')).worked) {
    return warning(
      `${failed}, except with CONTAINERS_CONF, which sudo drops.`,
      'Put the lines of that file into /etc/containers/containers.conf, or "Defaults env_keep += CONTAINERS_CONF" ' +
        'into /etc/sudoers.',
    );
  }
  const lines = helpfulLines(host);
  const help = { packages: missingPackages(plain.why, host) };
  if (lines.length === 0) return problem(`${failed}.`, 'Make "sudo podman run" work; builds need it.', help);
  const tried = await trial.run(isolated, lines);
  const file = 'in /etc/containers/containers.conf';
  return tried.worked
    ? problem(`${failed}.`, `With these lines ${file} one ran:\n${lines.join('\n')}`, help)
    : problem(
        `${failed}.`,
        `These lines ${file} may help, but were not enough (${tried.why}):\n${lines.join('\n')}`,
        help,
      );
}
