import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../artifacts/run.ts';

/** What a small GuestOS image is made of. */
export interface Recipe {
  kernel: string;
  initrd: string;
  /** null: the image brings no firmware, as those before 2025-07. */
  firmware: Buffer | null;
  /** Files of the root partition by their path. */
  root: Record<string, string>;
  /** Text of boot_args; ROOT_HASH stands for the root hash of the root partition. */
  bootArgs: string;
  /** Changes the root partition after its verity tree was made. */
  tamper?: (rootImage: string) => void;
}

const MIB = 1024 * 1024;
/** Salt and UUIDs of upstream. @see https://github.com/dfinity/ic (toolchains/sysimage/verity_sign.py) */
const SALT = '89bc06702975f10b41dd53e26eb9aef0adde93bc13d73e8f26b496dddefe2483';
const VERITY_UUID = '1736291d-aceb-42d7-b044-43ee31d86cd4';
const ROOT_UUID = '6c0a6f1e-9b0b-4c8d-8f7a-3f1c5c1f2a10';
const BOOT_UUID = '0b9a5f6e-4f2b-4d6b-9d52-0c2ff4d8c111';
/** Tools of Debian that a user's PATH may not have. */
const ENV = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, E2FSPROGS_FAKE_TIME: '1' };

/** Both command lines of a partition set, plain and as trusted guest. */
export function bootArgsText(extra = ''): string {
  const partitions = { A: '7c0a626e-e5ea-e543-b5c5-300eb8304db7', B: 'a78bc3a8-376c-054a-96e7-3904b915d0c5' };
  const line = (name: string, set: 'A' | 'B', tee: string): string =>
    `BOOT_ARGS_${name}="root=/dev/disk/by-partuuid/${partitions[set]} console=ttyS0 nomodeset dfinity.system=${set}` +
    `${tee} security=selinux selinux=1 enforcing=1${extra} root_hash=ROOT_HASH"\n`;
  const tee = ' dfinity.tee=1';
  return `# Kernel command lines.\n${line('A', 'A', '')}${line('B', 'B', '')}${line('TEE_A', 'A', tee)}${line('TEE_B', 'B', tee)}`;
}

/** Writes `update-img.tar.zst` into an empty directory, with everything that it was made of beside it. Gives the root hash. */
export async function makeImage(directory: string, recipe: Recipe): Promise<string> {
  const rootImage = join(directory, 'root.img');
  await makeExt4(rootImage, MIB, ROOT_UUID, writeTree(join(directory, 'root'), recipe.root));
  await run('truncate', ['-s', String(MIB + 64 * 1024), rootImage]);
  const verity = ['format', rootImage, rootImage, '--hash-offset', String(MIB), '--data-blocks', String(MIB / 4096)];
  const told = await run('veritysetup', [...verity, '--salt', SALT, '--uuid', VERITY_UUID], { env: ENV });
  const rootHash = /Root hash:\s+([0-9a-f]{64})/.exec(told)?.[1];
  if (rootHash === undefined) throw new Error(`no root hash: ${told}`);
  recipe.tamper?.(rootImage);
  const boot = writeTree(join(directory, 'boot'), {
    'vmlinuz-6.14.0-ic': recipe.kernel,
    'initrd.img-6.14.0-ic': recipe.initrd,
    boot_args: recipe.bootArgs.replaceAll('ROOT_HASH', rootHash),
    'version.txt': 'loopback\n',
  });
  if (recipe.firmware) writeFileSync(join(boot, 'OVMF_SEV.fd'), recipe.firmware);
  await makeExt4(join(directory, 'boot.img'), MIB, BOOT_UUID, boot);
  writeFileSync(join(directory, 'VERSION.TXT'), 'loopback\n');
  const tar = ['--sort=name', '--owner=root:0', '--group=root:0', '--mode=0644', '--mtime=@0', '--sparse'];
  const archive = join(directory, 'update-img.tar');
  await run('tar', [...tar, '-C', directory, '-cf', archive, 'boot.img', 'root.img', 'VERSION.TXT']);
  await run('zstd', ['-q', '-f', '-19', archive, '-o', `${archive}.zst`]);
  return rootHash;
}

function writeTree(directory: string, files: Record<string, string>): string {
  mkdirSync(directory, { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  }
  return directory;
}

/** No journal, one size and one time of everything, so that the same files give the same bytes. */
export async function makeExt4(image: string, bytes: number, uuid: string, from: string, inodes = 64): Promise<void> {
  const features = ['-O', '^has_journal,^resize_inode', '-b', '4096', '-I', '256', '-m', '0', '-N', String(inodes)];
  await run('find', [from, '-exec', 'touch', '-h', '-d', '@1', '{}', '+']);
  await run('truncate', ['-s', String(bytes), image]);
  const extended = `hash_seed=${uuid},root_owner=0:0,nodiscard`;
  await run('mke2fs', ['-q', '-F', '-t', 'ext4', ...features, '-U', uuid, '-E', extended, '-d', from, image], {
    env: ENV,
  });
  // The time of change is that of our own files, which nobody can set.
  const times = Array.from({ length: inodes }, (_, index) => `set_inode_field <${index + 1}> ctime @1\n`);
  await run('debugfs', ['-w', '-f', '-', image], { env: ENV, input: times.join('') });
}
