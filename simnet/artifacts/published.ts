import { createHash } from 'node:crypto';
import type { BuiltRelease, Component, Measurement } from '../types.ts';
import { bytesBody, lineAndHole, repeatedLine, sha256, type Body } from './body.ts';
import { componentsOf, hasMeasurements, isSince } from './releases.ts';

/** Directory below /ic/<commit>/ and file of each image on the download hosts. */
export const PLACES: Record<Component, { directory: string; file: string }> = {
  guestos: { directory: 'guest-os/update-img', file: 'update-img.tar.zst' },
  hostos: { directory: 'host-os/update-img', file: 'update-img.tar.zst' },
  setupos: { directory: 'setup-os/disk-img', file: 'disk-img.tar.zst' },
  recovery: { directory: 'guest-os/update-img-recovery', file: 'update-img.tar.zst' },
};

/** The GuestOS image for developers: other bytes beside those that are elected. */
const DEVELOPMENT = { directory: 'guest-os/update-img-dev', file: 'update-img.tar.zst' };

const SLOTS = [
  ['A', '7c0a626e-e5ea-e543-b5c5-300eb8304db7'],
  ['B', 'a78bc3a8-376c-054a-96e7-3904b915d0c5'],
] as const;

/** Everything the pipeline publishes. The fixture repository's `ci/fixture/bazel.sh` makes the same bytes. */
export interface Published {
  /** Image of a component; the same bytes that an honest build gives. */
  image: (release: BuiltRelease, component: Component) => Body;
  imageSha256: (release: BuiltRelease, component: Component) => string;
  measurements: (release: BuiltRelease) => Measurement[];
  sums: (release: BuiltRelease, component: Component) => string;
  /** The body behind a path below /ic/<commit>/, or undefined for 404. */
  file: (release: BuiltRelease, path: string) => Body | undefined;
}

export function createPublished(imageBytes: number): Published {
  const hashes = new Map<string, string>();
  const image = (release: BuiltRelease, name: string): Body =>
    (release.build === 'timed' ? lineAndHole : repeatedLine)(imageLine(name, release.commit), imageBytes);
  const imageSha256 = (release: BuiltRelease, name: string): string => {
    const key = `${release.commit} ${name}`;
    const hash = hashes.get(key) ?? sha256(image(release, name));
    hashes.set(key, hash);
    return hash;
  };
  const sums = (release: BuiltRelease, component: Component): string => {
    // The oldest generation wrote the mark of binary mode that coreutils prints before the name.
    const mark = isSince(release.layout, '2025-05') ? '' : '*';
    const lines = [`${imageSha256(release, component)} ${mark}${PLACES[component].file}`];
    if (component === 'guestos' && hasMeasurements(release.layout)) {
      lines.push(`${sha256(measurementsBody(release))} launch-measurements.json`);
    }
    return lines.map((line) => `${line}\n`).join('');
  };
  const file = (release: BuiltRelease, path: string): Body | undefined => {
    if (path === `${DEVELOPMENT.directory}/${DEVELOPMENT.file}`) return image(release, 'guestos-dev');
    const component = componentsOf(release.layout).find((one) => path.startsWith(`${PLACES[one].directory}/`));
    if (!component) return undefined;
    const name = path.slice(PLACES[component].directory.length + 1);
    if (name === PLACES[component].file) return image(release, component);
    if (name === 'SHA256SUMS') return bytesBody(Buffer.from(sums(release, component)));
    const measured = component === 'guestos' && hasMeasurements(release.layout);
    return measured && name === 'launch-measurements.json' ? measurementsBody(release) : undefined;
  };
  return { image, imageSha256, measurements, sums, file };
}

/** The line that the image consists of. */
function imageLine(name: string, commit: string): string {
  return `image ${name} of commit ${commit} on the loopback Internet; this line fills the whole file`;
}

export function measurements(release: BuiltRelease): Measurement[] {
  if (!hasMeasurements(release.layout)) return [];
  const tee = isSince(release.layout, '2026-06');
  const vcpuTypes = tee ? ['EPYC-v4', 'EPYC-Turin'] : [undefined];
  const rootHash = createHash('sha256').update(`root ${release.commit}`).digest('hex');
  return vcpuTypes.flatMap((vcpuType) =>
    SLOTS.map(([slot, partition]) => {
      const kernel_cmdline =
        `root=/dev/disk/by-partuuid/${partition} console=ttyS0 nomodeset dfinity.system=${slot}` +
        `${tee ? ' dfinity.tee=1' : ''} security=selinux selinux=1 enforcing=1 root_hash=${rootHash}`;
      const seed = `measurement ${vcpuType ?? 'EPYC-v4'} ${kernel_cmdline}`;
      const measurement = createHash('sha512').update(seed).digest('hex').slice(0, 96);
      return vcpuType === undefined
        ? { measurement, kernel_cmdline }
        : { measurement, kernel_cmdline, vcpu_type: vcpuType };
    }),
  );
}

/** One line, 48 decimal numbers a measurement, as in the real file. */
function measurementsBody(release: BuiltRelease): Body {
  const entries = measurements(release).map(({ measurement, ...metadata }) => ({
    measurement: [...Buffer.from(measurement, 'hex')],
    metadata,
  }));
  return bytesBody(Buffer.from(`${JSON.stringify({ guest_launch_measurements: entries })}\n`));
}
