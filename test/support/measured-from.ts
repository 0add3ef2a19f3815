import type { MeasuredImage } from '../../src/domain/measured-image.ts';
import type { LaunchMeasurement } from '../../src/domain/proposal.ts';

/** What the elected image gives of measurements, all of them on 64 processors. */
export function measuredFrom(
  entries: readonly LaunchMeasurement[],
  overrides: Pick<MeasuredImage, 'sha256'> & Partial<MeasuredImage>,
): MeasuredImage {
  const lines = [...new Set(entries.map(({ kernelCmdline }) => kernelCmdline ?? ''))];
  return {
    bytes: 1000,
    bootArgs: lines.map((commandLine, index) => ({ name: `BOOT_ARGS_TEE_${index}`, commandLine, rootHash: 'ee' })),
    rootHash: 'ee',
    matches: entries.map(({ measurement, kernelCmdline, vcpuType }) => ({
      ...{
        measurement,
        bootArgs: 'BOOT_ARGS_TEE_0',
        commandLine: kernelCmdline ?? '',
        vcpuTypes: [vcpuType ?? 'EPYC-v4'],
      },
      ...{ vcpus: 64, guestFeatures: 1 },
    })),
    notFound: [],
    ...overrides,
  };
}
