import { createHash } from 'node:crypto';
import type { ImageMatch, MeasuredImage } from '../../domain/measured-image.ts';
import { readBootArgs, type BootArgs } from './boot-args.ts';
import type { Budget } from './reading-budget.ts';
import { CPU_MODELS } from './cpu-models.ts';
import { contentOf } from './ext4-data.ts';
import { inRoot, namesInRoot } from './ext4-directory.ts';
import { ext4Bytes, openExt4, type Ext4Volume } from './ext4-volume.ts';
import { countingProcessors, measureFirmware, measureMetadata, type KernelHashes } from './launch-digest.ts';
import { MOST_OVMF_BYTES, readOvmf, type Ovmf } from './ovmf.ts';
import { refuse, type RandomAccess } from './random-access.ts';
import type { UnpackedMember } from './unpack.ts';
import { findVerity, verityRoot } from './verity-tree.ts';

/** Counts that are tried; what a node could have. */
export const MOST_VCPUS = 256;
/** SNP alone, and with the debug swap that `sev-snp-measure` assumed up to 0.0.9. */
const GUEST_FEATURES = [0x1, 0x21] as const;
const MOST_BOOT_ARGS_BYTES = 64 * 1024;
const MOST_KERNEL_BYTES = 1024 ** 3;

/**
 * Recomputes launch measurements from what a GuestOS image holds: firmware, kernel, initrd, command lines. Counts and
 * types of processors are not in it, so all are tried. `wanted`: digests in lower-case hex.
 */
export function measureImage(
  members: readonly UnpackedMember[],
  wanted: readonly string[],
  budget: Budget,
  usual = false,
): Omit<MeasuredImage, 'sha256' | 'bytes'> {
  const boot = openExt4(memberNamed(members, 'boot.img'), budget);
  const bootArgs = bootArgsOf(boot);
  const ovmf = readOvmf(Buffer.concat([...small(boot, 'OVMF_SEV.fd', MOST_OVMF_BYTES, 'image-no-ovmf')]));
  const hashes = { kernel: hashOf(boot, 'vmlinuz-'), initrd: hashOf(boot, 'initrd.img-') };
  const set = new Set(wanted);
  const isWanted = (match: ImageMatch): boolean => set.has(match.measurement) || (usual && isUsual(match));
  const matches = search(ovmf, hashes, bootArgs, isWanted, budget);
  const notFound = wanted.filter((digest) => !matches.some(({ measurement }) => measurement === digest));
  return { bootArgs, ...rootHash(members, budget), matches, notFound };
}

/** What upstream's build measured in 2025, and the default of `sev-snp-measure`. */
function isUsual({ vcpuTypes: [type], vcpus, guestFeatures }: ImageMatch): boolean {
  return type === 'EPYC-v4' && vcpus === 64 && guestFeatures === 0x1;
}

function memberNamed(members: readonly UnpackedMember[], name: string): RandomAccess {
  const found = members.filter(({ member }) => member.type === '0' && member.name.replace(/^\.\//, '') === name);
  const [one] = found;
  if (!one || found.length > 1) throw refuse('image-member-missing', `the image has ${found.length} members ${name}`);
  return one.bytes;
}

function bootArgsOf(boot: Ext4Volume): readonly BootArgs[] {
  const text = Buffer.concat([...small(boot, 'boot_args', MOST_BOOT_ARGS_BYTES, 'image-no-boot-args')]).toString(
    'utf8',
  );
  const bootArgs = readBootArgs(text);
  if (bootArgs.length === 0) throw refuse('image-no-boot-args', 'the image has no complete boot arguments');
  return bootArgs;
}

function small(boot: Ext4Volume, name: string, most: number, code: string): Iterable<Buffer> {
  const inode = inRoot(boot, name);
  if (inode?.kind !== 'file') throw refuse(code, `boot.img has no file ${name}`);
  if (inode.size > most) throw refuse('image-file-large', `${name} has ${inode.size} bytes`);
  return contentOf(boot, inode);
}

/** SHA-256 of the one file whose name begins so. */
function hashOf(boot: Ext4Volume, prefix: string): Buffer {
  const names = namesInRoot(boot).filter((name) => name.startsWith(prefix) && inRoot(boot, name)?.kind === 'file');
  const [name] = names;
  if (name === undefined || names.length > 1)
    throw refuse('image-no-kernel', `boot.img has ${names.length} files ${prefix}…`);
  const hash = createHash('sha256');
  for (const piece of small(boot, name, MOST_KERNEL_BYTES, 'image-no-kernel')) hash.update(piece);
  return hash.digest();
}

/** The root hash of the root partition as it lies there; null with the reason where it has no tree. */
function rootHash(members: readonly UnpackedMember[], budget: Budget): Pick<MeasuredImage, 'rootHash'> {
  const root = memberNamed(members, 'root.img');
  const end = ext4Bytes(openExt4(root, budget));
  const tree = findVerity(root, end, budget);
  if (!tree) return { rootHash: null };
  if (tree.dataBlocks * tree.dataBlockSize < end) {
    throw refuse(
      'verity-covers-less',
      `a verity tree over ${tree.dataBlocks} blocks, of a file system of ${end} bytes`,
    );
  }
  return { rootHash: verityRoot(root, tree, budget) };
}

function search(
  ovmf: Ovmf,
  hashes: Omit<KernelHashes, 'commandLine'>,
  bootArgs: readonly BootArgs[],
  isWanted: (match: ImageMatch) => boolean,
  budget: Budget,
): readonly ImageMatch[] {
  const firmware = measureFirmware(ovmf);
  const found: ImageMatch[] = [];
  for (const { name, commandLine } of bootArgs) {
    const before = measureMetadata(firmware, ovmf, { ...hashes, commandLine: Buffer.from(commandLine) });
    for (const { signature, names } of CPU_MODELS) {
      for (const guestFeatures of GUEST_FEATURES) {
        let vcpus = 0;
        for (const digest of countingProcessors(before, ovmf, { signature, guestFeatures })) {
          vcpus += 1;
          budget.step();
          const measurement = digest.toString('hex');
          const match = { measurement, bootArgs: name, commandLine, vcpuTypes: names, vcpus, guestFeatures };
          if (isWanted(match)) found.push(match);
          if (vcpus === MOST_VCPUS) break;
        }
      }
    }
  }
  return found;
}
