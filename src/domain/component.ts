/** The IC-OS images that a release consists of. */
export type Component = 'guestos' | 'hostos' | 'setupos' | 'recovery';

/** Everything that differs between components. A new one is a new row. */
export interface ComponentFacts {
  readonly component: Component;
  readonly label: string;
  /** Directory below `/ic/<commit>/` on the download hosts; also the middle of the attested subject's name. */
  readonly cdnDirectory: string;
  readonly imageFile: string;
  /** Where builds have put the image, newest layout first, below the checkout. */
  readonly outputDirectories: readonly string[];
  /** Whether launch-measurements.json stands beside the image. */
  readonly hasMeasurements: boolean;
  /** Of one image, as upstream notes beside the bound that its build holds: GuestOS and HostOS in 2025, SetupOS in 2026. */
  readonly typicalBytes: number;
}

/**
 * @see https://github.com/dfinity/ic/blob/master/ci/container/build-ic.sh
 * @see https://github.com/dfinity/ic/blob/master/ci/scripts/repro-check
 * @see https://github.com/dfinity/ic/blob/master/ic-os/guestos/envs/prod/BUILD.bazel (update_img_size_check)
 */
export const COMPONENTS: readonly ComponentFacts[] = [
  {
    component: 'guestos',
    label: 'GuestOS',
    cdnDirectory: 'guest-os/update-img',
    imageFile: 'update-img.tar.zst',
    outputDirectories: ['artifacts/icos/guestos/update', 'artifacts/icos/guestos'],
    hasMeasurements: true,
    typicalBytes: 416_000_000,
  },
  {
    component: 'hostos',
    label: 'HostOS',
    cdnDirectory: 'host-os/update-img',
    imageFile: 'update-img.tar.zst',
    outputDirectories: ['artifacts/icos/hostos/update', 'artifacts/icos/hostos'],
    hasMeasurements: false,
    typicalBytes: 835_000_000,
  },
  {
    component: 'setupos',
    label: 'SetupOS',
    cdnDirectory: 'setup-os/disk-img',
    imageFile: 'disk-img.tar.zst',
    outputDirectories: ['artifacts/icos/setupos'],
    hasMeasurements: false,
    typicalBytes: 2_370_000_000,
  },
  {
    component: 'recovery',
    label: 'Recovery GuestOS',
    cdnDirectory: 'guest-os/update-img-recovery',
    imageFile: 'update-img.tar.zst',
    outputDirectories: ['artifacts/icos/guestos/update-img-recovery'],
    hasMeasurements: false,
    typicalBytes: 416_000_000,
  },
];

export const MEASUREMENTS_FILE = 'launch-measurements.json';
export const SUMS_FILE = 'SHA256SUMS';

/** The row of a component. */
export function componentFacts(component: Component): ComponentFacts {
  const facts = COMPONENTS.find((row) => row.component === component);
  if (!facts) throw new Error(`no such component: ${component}`);
  return facts;
}
