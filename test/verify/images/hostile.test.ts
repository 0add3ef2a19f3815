import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, createZstdCompress, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { contentOf } from '../../../src/verify/images/ext4-data.ts';
import { inRoot, walk } from '../../../src/verify/images/ext4-directory.ts';
import { openExt4, type Ext4Volume } from '../../../src/verify/images/ext4-volume.ts';
import { readGpt } from '../../../src/verify/images/gpt.ts';
import { readImage } from '../../../src/verify/images/image-process.ts';
import { bytesAccess } from '../../../src/verify/images/random-access.ts';
import { unpack } from '../../../src/verify/images/unpack.ts';
import { findVerity, verityRoot } from '../../../src/verify/images/verity-tree.ts';
import { budget, bytesOf, fixture, unpacked } from './image-kit.ts';

const scratch = mkdtempSync(join(tmpdir(), 'nns-watch-hostile-'));
const read = (packed: Buffer): Promise<unknown> => unpack(bytesAccess(packed), scratch, budget());
/** As the program does, in a process of its own. */
const readApart = (packed: Buffer, limitMs: number): Promise<unknown> => {
  const path = join(scratch, 'image');
  writeFileSync(path, packed);
  return readImage({ task: 'measure', path, scratch, limitMs, wanted: [] }, new AbortController().signal);
};

/** A header of tar with a right checksum. */
function header(fields: { size: string | Buffer; type?: string; sparse?: (block: Buffer) => void }): Buffer {
  const block = Buffer.alloc(512);
  block.write('boot.img', 0);
  block.write('0000644\0', 100);
  if (typeof fields.size === 'string') block.write(fields.size, 124);
  else fields.size.copy(block, 124);
  block.write(fields.type ?? '0', 156);
  block.write('ustar  \0', 257);
  fields.sparse?.(block);
  const sum = block.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 0x20 : byte), 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
const octal = (value: number): string => `${value.toString(8).padStart(11, '0')}\0`;
const end = Buffer.alloc(1024);

async function largeWindow(): Promise<Buffer> {
  const zstd = createZstdCompress({ params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_checksumFlag]: 1 } });
  const chunks: Buffer[] = [];
  zstd.on('data', (chunk: Buffer) => chunks.push(chunk));
  zstd.write(Buffer.alloc(1000));
  zstd.end(end);
  await new Promise((resolve) => zstd.once('end', resolve));
  return Buffer.concat(chunks);
}

const bomb = (): Buffer => {
  const [first, more] = [header({ size: octal(2 ** 32) }), zstdCompressSync(Buffer.alloc(32 * 1024 * 1024))];
  return Buffer.concat([zstdCompressSync(first), ...Array.from({ length: 128 }, () => more)]);
};

describe('a hostile archive ends with a reason, within ten seconds', () => {
  const huge = Buffer.alloc(12, 0xff);
  const archives: readonly (readonly [what: string, code: string, () => Buffer | Promise<Buffer>])[] = [
    ['a bomb of zeros', 'image-unpacks-too-large', bomb],
    ['a window of 128 MiB', 'image-not-zstd', largeWindow],
    ['a member of 2^95 bytes', 'tar-number-too-large', () => zstdCompressSync(header({ size: huge }))],
    ['no archive', 'tar-checksum', () => zstdCompressSync(Buffer.alloc(2048, '1'))],
    ['nothing at all', 'image-not-zstd', () => Buffer.alloc(0)],
    ['what is not zstd', 'image-not-zstd', () => Buffer.alloc(2048, 'x')],
    ['an archive that is cut', 'tar-cut', () => zstdCompressSync(header({ size: octal(5000) }))],
    [
      'a sparse file of 2^50 bytes',
      'image-reaches-too-far',
      () => {
        const size = Buffer.from('800000000004000000000000', 'hex');
        const sparse = (block: Buffer): void => void size.copy(block, 483);
        return zstdCompressSync(Buffer.concat([header({ size: octal(0), type: 'S', sparse }), end]));
      },
    ],
    [
      'segments over each other',
      'tar-segments',
      () => {
        const sparse = (block: Buffer): void => {
          for (const at of [386, 410]) block.write(octal(0) + octal(512), at);
          block.write(octal(512), 483);
        };
        return zstdCompressSync(Buffer.concat([header({ size: octal(1024), type: 'S', sparse }), end, end]));
      },
    ],
    [
      'a map of segments without an end',
      'tar-sparse-map',
      () => {
        const sparse = (block: Buffer): void => void block.writeUInt8(1, 482);
        return zstdCompressSync(header({ size: octal(0), type: 'S', sparse }));
      },
    ],
  ];
  it.each(archives)('%s', async (_what, code, make) => {
    const began = performance.now();
    await expect(read(await make())).rejects.toMatchObject({ code });
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('the same in a process of its own', async () => {
    await expect(readApart(bomb(), 10_000)).rejects.toMatchObject({ code: 'image-unpacks-too-large' });
  });

  it('whatever it is, where its time is over', async () => {
    await expect(readApart(bomb(), 1)).rejects.toMatchObject({ kind: 'limit', code: 'image-takes-too-long' });
  });
});

type Patch = (bytes: Buffer, volume: Ext4Volume) => void;
const inodeAt = (volume: Ext4Volume, number: number): number =>
  volume.inodeTables[0]! * volume.blockSize + (number - 1) * volume.inodeSize;
const fileAt = (volume: Ext4Volume, name: string): number => inodeAt(volume, inRoot(volume, name)!.number);

describe('a hostile file system ends with a reason', () => {
  const patches: readonly (readonly [what: string, code: string, Patch])[] = [
    ['no magic', 'ext4-none', (bytes) => bytes.writeUInt16LE(0, 1024 + 0x38)],
    ['a feature that is not known', 'ext4-feature-unknown', (bytes) => bytes.writeUInt32LE(0xffff_ffff, 1024 + 0x60)],
    ['blocks of 2^41 bytes', 'ext4-shape', (bytes) => bytes.writeUInt32LE(31, 1024 + 0x18)],
    ['2^32 blocks', 'ext4-shape', (bytes) => bytes.writeUInt32LE(0xffff_ffff, 1024 + 0x4)],
    ['inodes of 3 bytes', 'ext4-shape', (bytes) => bytes.writeUInt16LE(3, 1024 + 0x58)],
    ['no inodes in a group', 'ext4-shape', (bytes) => bytes.writeUInt32LE(0, 1024 + 0x28)],
    [
      'a file of 2^62 bytes',
      'ext4-size',
      (bytes, volume) => bytes.writeUInt32LE(0x4000_0000, fileAt(volume, 'boot_args') + 0x6c),
    ],
    [
      'a node of extents that holds itself',
      'ext4-extent-node',
      (bytes, volume) => {
        const at = fileAt(volume, 'boot_args') + 0x28;
        const block = bytes.readUInt32LE(at + 12 + 8);
        bytes.writeUInt16LE(2, at + 6);
        bytes.writeUInt32LE(block, at + 12 + 4);
        bytes.writeUInt32LE(0, at + 12 + 8);
        bytes.copy(bytes, block * volume.blockSize, at, at + 60);
      },
    ],
    [
      'extents over each other',
      'ext4-extents-overlap',
      (bytes, volume) => {
        const at = fileAt(volume, 'boot_args') + 0x28;
        bytes.writeUInt16LE(2, at + 2);
        bytes.copy(bytes, at + 24, at + 12, at + 24);
      },
    ],
    [
      'an extent outside',
      'ext4-extent-outside',
      (bytes, volume) => bytes.writeUInt32LE(0xffff_0000, fileAt(volume, 'boot_args') + 0x28 + 12 + 8),
    ],
    [
      'a directory within itself',
      'ext4-directory-twice',
      (bytes, volume) => {
        const at = bytes.indexOf('lost+found');
        expect(volume.inodes).toBeGreaterThan(0);
        bytes.writeUInt32LE(2, at - 8);
      },
    ],
    ['an entry of no bytes', 'ext4-entry', (bytes) => bytes.writeUInt16LE(0, bytes.indexOf('lost+found') - 4)],
    [
      'an entry of inode 2^31',
      'ext4-no-inode',
      (bytes) => bytes.writeUInt32LE(2 ** 31, bytes.indexOf('lost+found') - 8),
    ],
  ];
  it.each(patches)('%s', async (_what, code, patch) => {
    await unpacked(fixture('good'), ({ members }) => {
      const copy = Buffer.from(bytesOf(members.find(({ member }) => member.name === 'boot.img')!.bytes));
      patch(copy, openExt4(bytesAccess(copy), budget()));
      const readAll = (): void => {
        const volume = openExt4(bytesAccess(copy), budget());
        for (const { inode } of walk(volume))
          if (inode.kind === 'file') [...contentOf(volume, inode)].forEach(() => undefined);
      };
      expect(readAll).toThrow(expect.objectContaining({ code }));
    });
  });

  it('a verity tree over more than there is', async () => {
    await unpacked(fixture('good'), ({ members }) => {
      const copy = Buffer.from(bytesOf(members.find(({ member }) => member.name === 'root.img')!.bytes));
      copy.writeBigUInt64LE(2n ** 50n, 1024 * 1024 + 72);
      const tree = findVerity(bytesAccess(copy), 1024 * 1024, budget())!;
      expect(() => verityRoot(bytesAccess(copy), tree, budget())).toThrow(
        expect.objectContaining({ code: 'verity-data-outside' }),
      );
    });
  });
});

describe('a hostile table of partitions ends with a reason', () => {
  const table = (change: (disk: Buffer) => void): Buffer => {
    const disk = Buffer.alloc(64 * 512);
    disk.write('EFI PART', 512);
    disk.writeBigUInt64LE(2n, 512 + 72);
    disk.writeUInt32LE(4, 512 + 80);
    disk.writeUInt32LE(128, 512 + 84);
    for (const at of [1024, 1152]) {
      disk.fill(1, at, at + 32);
      disk.writeBigUInt64LE(10n, at + 32);
      disk.writeBigUInt64LE(60n, at + 40);
    }
    change(disk);
    return disk;
  };
  it.each([
    ['partitions over each other', 'gpt-overlaps', () => undefined],
    ['a partition that ends before it begins', 'gpt-backwards', (disk: Buffer) => disk.writeBigUInt64LE(1n, 1024 + 40)],
    ['a partition outside', 'image-part-outside', (disk: Buffer) => disk.writeBigUInt64LE(99n, 1024 + 40)],
    ['a partition at 2^63', 'image-number-too-large', (disk: Buffer) => disk.writeBigUInt64LE(2n ** 63n, 1024 + 40)],
    ['a million entries', 'gpt-odd', (disk: Buffer) => disk.writeUInt32LE(1_000_000, 512 + 80)],
    ['a table elsewhere', 'image-out-of-range', (disk: Buffer) => disk.writeBigUInt64LE(2n ** 40n, 512 + 72)],
  ])('%s', (_what, code, change) => {
    const disk = table(change);
    expect(() => readGpt(bytesAccess(disk), budget())).toThrow(expect.objectContaining({ code }));
  });
});
