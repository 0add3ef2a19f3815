import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Found, hostLine } from './host-line.ts';
import { type Finding, gigabytes, type Group, ok, problem, warning } from './probe.ts';
import type { DoctorPorts } from './ports.ts';

type DiskPorts = Pick<DoctorPorts, 'machine' | 'config' | 'containersDir'>;

/** What upstream asks for in the home directory. */
const REAL_BUILD_DISK = 100e9;
/** Evidence, logs of builds and the database grow by some hundred megabytes a year. */
const DATA_BYTES = 5e9;
/** The image of the build's container and what podman unpacks of it. */
const CONTAINERS_BYTES = 20e9;

export const diskGroup: Group = {
  title: 'Disk',
  probes: (ports, signal) => [
    { id: 'disk-data', probe: () => dataDisk(ports) },
    hostLine('disk-cache', ports, signal, (found) => cacheDisk(found, ports)),
    { id: 'disk-containers', probe: () => containersDisk(ports) },
  ],
};

/** Where the database and the evidence are kept. */
async function dataDisk({ machine, config }: DiskPorts): Promise<Finding> {
  const { dataDir, minDiskBytes } = config;
  const place = await placeOf(dataDir, machine);
  if ('outcome' in place) return place;
  if (!place.writable) return notWritable(dataDir, 'NNS_WATCH_DATA_DIR');
  return enoughOrWarning(place, Math.min(DATA_BYTES, minDiskBytes), 'evidence and the database');
}

/** Where downloads and workspaces of builds are made. */
async function cacheDisk(
  { free, problem: found }: Found<'disk-cache'>,
  { machine, config }: DiskPorts,
): Promise<Finding> {
  const { cacheDir, minDiskBytes } = config;
  const place = await placeOf(cacheDir, machine);
  if ('outcome' in place) return place;
  if (!place.writable) return notWritable(cacheDir, 'NNS_WATCH_CACHE_DIR');
  const known = { ...place, free };
  if (found !== undefined) {
    return problem(
      `${seen(known)}: the build needs ${gigabytes(minDiskBytes)} (MIN_DISK_GB).`,
      'Free some space, or put NNS_WATCH_CACHE_DIR on a larger disk.',
    );
  }
  if (free >= REAL_BUILD_DISK) return ok(seen(known));
  return warning(
    `${seen(known)}: MIN_DISK_GB allows it, but a real build needs about ${gigabytes(REAL_BUILD_DISK)}.`,
    'Leave MIN_DISK_GB at its default for real builds.',
  );
}

/** Where podman, run by root, keeps the image of the build's container. */
async function containersDisk({ machine, config, containersDir }: DiskPorts): Promise<Finding> {
  const place = await placeOf(containersDir, machine);
  if ('outcome' in place) return place;
  return enoughOrWarning(place, Math.min(CONTAINERS_BYTES, config.minDiskBytes), 'the image of the build’s container');
}

interface Place {
  readonly path: string;
  readonly free: number;
  readonly writable: boolean;
}

/** The directory may not have been made yet: then what it will be made in counts. */
async function placeOf(path: string, machine: DiskPorts['machine']): Promise<Place | Finding> {
  try {
    const existing = await nearest(path);
    const writable = await access(existing, constants.W_OK | constants.X_OK).then(
      () => true,
      () => false,
    );
    return { path, free: await machine.freeBytes(existing), writable };
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? 'unknown trouble';
    return problem(
      `${path} cannot be looked at (${why}).`,
      'Make it a directory that the user of nns-watch can read and write.',
    );
  }
}

async function nearest(path: string): Promise<string> {
  try {
    if ((await stat(path)).isDirectory()) return path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(path) !== path) return nearest(dirname(path));
    throw error;
  }
  throw Object.assign(new Error('not a directory'), { code: 'ENOTDIR' });
}

const seen = ({ path, free }: Place): string => `${path} has ${gigabytes(free)} free`;

function enoughOrWarning(place: Place, wanted: number, what: string): Finding {
  if (place.free >= wanted) return ok(seen(place));
  return warning(`${seen(place)}: ${what} may need ${gigabytes(wanted)}.`, 'Free some space on this disk.');
}

function notWritable(path: string, setting: string): Finding {
  return problem(
    `${path} cannot be written to.`,
    `Give it to the user of nns-watch, or name another directory in ${setting}.`,
  );
}
