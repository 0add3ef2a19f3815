import { describe, expect, it } from 'vitest';
import measurements from '../../../simnet/fixtures/images/measurements.json' with { type: 'json' };
import { measureImage } from '../../../src/verify/images/measure-image.ts';
import { bytesAccess } from '../../../src/verify/images/random-access.ts';
import type { UnpackedMember } from '../../../src/verify/images/unpack.ts';
import { budget, bytesOf, fixture, unpacked } from './image-kit.ts';

/** By the Python tool sev-snp-measure, of the same image. */
const digests = measurements.tee.map(({ measurement }) => measurement);

/** The image with one byte changed where a text begins. */
function altered(members: readonly UnpackedMember[], file: string, text: string): readonly UnpackedMember[] {
  return members.map(({ member, bytes }) => {
    if (member.name !== file) return { member, bytes };
    const copy = Buffer.from(bytesOf(bytes));
    const at = copy.indexOf(text);
    expect(at).toBeGreaterThan(0);
    copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
    return { member, bytes: bytesAccess(copy) };
  });
}

describe('the measurements of a published image', () => {
  it('are those of the reference tool, with count and type', async () => {
    await unpacked(fixture('good'), ({ members }) => {
      const { matches, notFound, rootHash, bootArgs } = measureImage(members, digests, budget());
      expect(notFound).toEqual([]);
      expect(
        matches.map(({ measurement, commandLine: kernel_cmdline, vcpuTypes: [vcpu_type], vcpus }) => ({
          ...{ measurement, kernel_cmdline, vcpu_type, vcpus },
        })),
      ).toEqual(expect.arrayContaining(measurements.tee.map((entry) => ({ ...entry, vcpus: 64 }))));
      expect(matches).toHaveLength(4);
      expect(new Set(bootArgs.map((each) => each.rootHash))).toEqual(new Set([rootHash]));
    });
  });

  const changes = [
    ['kernel', 'boot.img', 'kernel of'],
    ['initrd', 'boot.img', 'initrd of'],
    ['firmware', 'boot.img', 'ASEV'],
    ['command line', 'boot.img', 'BOOT_ARGS_TEE_A="root=/dev'.slice(0, 17)],
  ] as const;
  it.each(changes)('are others, or none, where one byte of the %s is another', async (_what, file, text) => {
    await unpacked(fixture('good'), ({ members }) => {
      const changed = altered(members, file, text);
      try {
        const { notFound } = measureImage(changed, digests, budget());
        expect(notFound.length).toBeGreaterThan(0);
      } catch (thrown) {
        expect(thrown).toMatchObject({ kind: 'malformed' });
      }
    });
  });

  it('tell a root partition of which one byte is another', async () => {
    await unpacked(fixture('good'), ({ members }) => {
      const changed = altered(members, 'root.img', 'replica of');
      const { bootArgs, rootHash, notFound } = measureImage(changed, digests, budget());
      expect(notFound).toEqual([]);
      expect(rootHash).toMatch(/^[0-9a-f]{64}$/);
      expect(bootArgs.every((each) => each.rootHash !== rootHash)).toBe(true);
    });
  });

  it('cannot be recomputed without firmware', async () => {
    await unpacked(fixture('no-firmware'), ({ members }) => {
      expect(() => measureImage(members, [], budget())).toThrow('no file OVMF_SEV.fd');
    });
  });
});
