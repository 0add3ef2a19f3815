import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CPU_MODELS } from '../../../src/verify/images/cpu-models.ts';
import { countingProcessors, measureFirmware, measureMetadata } from '../../../src/verify/images/launch-digest.ts';
import { readOvmf } from '../../../src/verify/images/ovmf.ts';
import vectors from './snp-vectors.json' with { type: 'json' };

const NOTHING = hash('sha256', Buffer.alloc(0), 'buffer');

function digestOf(
  firmware: keyof typeof vectors.firmware,
  append: string | null,
  { vcpuType, vcpus, guestFeatures }: { vcpuType: string; vcpus: number; guestFeatures: number },
): string {
  const ovmf = readOvmf(Buffer.from(vectors.firmware[firmware], 'hex'));
  const hashes = append === null ? null : { kernel: NOTHING, initrd: NOTHING, commandLine: Buffer.from(append) };
  const before = measureMetadata(measureFirmware(ovmf), ovmf, hashes);
  const { signature } = CPU_MODELS.find(({ names }) => names.includes(vcpuType))!;
  let count = 0;
  for (const digest of countingProcessors(before, ovmf, { signature, guestFeatures })) {
    count += 1;
    if (count === vcpus) return digest.toString('hex');
  }
  throw new Error('no processors');
}

describe('the launch digest of SEV-SNP', () => {
  it.each(vectors.vectors)('is the published one of $name', ({ firmware, append, digest, ...processors }) => {
    expect(digestOf(firmware as 'amdSev' | 'ovmfX64', append, processors)).toBe(digest);
  });

  it('refuses a kernel where the firmware would not measure it', () => {
    const one = { vcpuType: 'EPYC-v4', vcpus: 1, guestFeatures: 1 };
    expect(() => digestOf('ovmfX64', '', one)).toThrow('does not measure the kernel');
  });

  it('is another one for each type of processor', () => {
    const digests = CPU_MODELS.map(({ names: [vcpuType] }) =>
      digestOf('amdSev', '', { vcpuType, vcpus: 2, guestFeatures: 1 }),
    );
    expect(new Set(digests).size).toBe(CPU_MODELS.length);
  });
});
