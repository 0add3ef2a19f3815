import { chmod, copyFile, mkdir, mkdtemp, realpath, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { plainText } from '../domain/text.ts';
import { removeTree } from '../platform/files.ts';
import { buildEnvironment, isolatedArgv, unconfinedArgv } from '../verify/build/build-env.ts';
import { hiddenPaths } from '../app/hidden-paths.ts';
import type { Answer, Argv } from '../verify/build/ask-tool.ts';
import { ask } from './ask.ts';
import { containerProgram, RAN } from './container-program.ts';
import type { DoctorPorts } from './ports.ts';

type TryPorts = Pick<DoctorPorts, 'exec' | 'config' | 'machine' | 'envFile'>;

/** Podman sets up its storage when it is used for the first time. */
const PODMAN_MS = 25_000;

/** A small build area with an image of one program, in which containers are run as the build will. */
export interface ContainerTry {
  /** Runs the container; `conf`: with these lines as containers.conf, given to podman in spite of sudo. */
  readonly run: (isolated: boolean, conf: 'none' | 'own' | readonly string[]) => Promise<Answer>;
  readonly close: () => Promise<void>;
}

/** Imports the image; the answer of podman where that fails. */
export async function prepareTry(ports: TryPorts, signal: AbortSignal): Promise<ContainerTry | Answer> {
  const { cacheDir } = ports.config;
  const parent = await stat(cacheDir).then(
    () => realpath(cacheDir),
    () => '/var/tmp',
  );
  const directory = await mkdtemp(join(parent, 'doctor-'));
  const image = `localhost/nns-watch-doctor:${process.pid}`;
  // What was begun is cleaned up also after an interruption.
  const never = new AbortController().signal;
  const close = async (): Promise<void> => {
    await ask(['sudo', '-n', 'podman', 'rmi', '--force', image], ports, never, PODMAN_MS);
    // What the isolation made in it belongs to root.
    await removeTree(directory, (path) =>
      ask(['sudo', '-n', 'rm', '-rf', '--one-file-system', '--', path], ports, never),
    );
  };
  try {
    const imported = await importImage(directory, image, ports, signal);
    if (imported.worked) {
      return { close, run: (isolated, conf) => run({ directory, image, isolated, conf, ports, signal }) };
    }
    await close();
    return imported;
  } catch (error) {
    await close();
    throw error;
  }
}

async function importImage(directory: string, image: string, ports: TryPorts, signal: AbortSignal): Promise<Answer> {
  for (const name of ['image', 'area', 'area/source', 'area/home', 'area/tmp']) await mkdir(join(directory, name));
  await chmod(join(directory, 'area/tmp'), 0o1777);
  await writeFile(join(directory, 'image/program'), containerProgram());
  await chmod(join(directory, 'image/program'), 0o755);
  const archive = join(directory, 'image.tar');
  const packed = await ask(['tar', '-cf', archive, '-C', join(directory, 'image'), 'program'], ports, signal);
  if (!packed.worked) return packed;
  return ask(['sudo', '-n', 'podman', 'import', '--quiet', archive, image], ports, signal, PODMAN_MS);
}

interface Run {
  readonly directory: string;
  readonly image: string;
  readonly isolated: boolean;
  readonly conf: Parameters<ContainerTry['run']>[1];
  readonly ports: TryPorts;
  readonly signal: AbortSignal;
}

async function run({ directory, image, isolated, conf, ports, signal }: Run): Promise<Answer> {
  const { config, machine, envFile } = ports;
  const [area, checkout] = [join(directory, 'area'), join(directory, 'area/source')];
  const confFile = await writeConf(area, conf, ports);
  const env = buildEnvironment({
    ours: config.environment,
    allow: config.buildEnvAllow,
    secretNames: config.secretNames,
    home: join(area, 'home'),
    user: machine.user.name,
    containersConf: confFile,
  });
  const podman = conf === 'none' || confFile === null ? ['podman'] : ['env', `CONTAINERS_CONF=${confFile}`, 'podman'];
  const command: Argv = ['sudo', '-n', ...podman, ...containerArguments(checkout, image)];
  const hide = isolated ? await Promise.all([...hiddenPaths(config, envFile), config.cacheDir].map(real)) : [];
  const inputs = { user: machine.user, command, env, area, checkout, temporary: join(area, 'tmp'), hide };
  const answer = await ask(isolated ? isolatedArgv(inputs) : unconfinedArgv(inputs), ports, signal, PODMAN_MS);
  if (!answer.worked) return { ...answer, why: whyOf(answer) };
  if (answer.stdout.includes(RAN)) return answer;
  return { ...answer, worked: false, why: 'podman ended well, but the program in the container said nothing' };
}

/** Within the isolation all that podman says is output of the build. */
function whyOf({ stdout, why }: Answer): string {
  const said = stdout.trim().split('\n').slice(-3).join(' ');
  return said === '' ? why : plainText(said, 300);
}

/** @see https://github.com/dfinity/ic/blob/master/ci/container/container-run.sh of which these are the arguments. */
function containerArguments(checkout: string, image: string): string[] {
  const isolation = ['--privileged', '--network=host', '--cgroupns=host', '--pids-limit=-1', '--log-driver=none'];
  const inside = ['-w', '/ic', '--user', '0', '--hostname=devenv-container', '--tmpfs', '/tmp/containers'];
  return ['run', '--rm', '--init', '--pull=never', ...isolation, ...inside, '-v', `${checkout}:/ic`, image, '/program'];
}

/** A copy in the build's area, as the builder makes one: the file itself may lie in a place that is hidden. */
async function writeConf(area: string, conf: Run['conf'], { config }: TryPorts): Promise<string | null> {
  const copy = join(area, 'containers.conf');
  const given = config.environment['CONTAINERS_CONF'];
  if (typeof conf !== 'string') await writeFile(copy, `${conf.join('\n')}\n`);
  else if (given) await copyFile(given, copy);
  else return null;
  return copy;
}

const real = (path: string): Promise<string> => realpath(path).catch(() => path);
