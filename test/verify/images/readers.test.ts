import { mkdirSync, symlinkSync, truncateSync, writeFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../../../simnet/artifacts/run.ts';
import { makeExt4 } from '../../../simnet/images/make-image.ts';
import { attributesOf } from '../../../src/verify/images/ext4-attributes.ts';
import { contentOf } from '../../../src/verify/images/ext4-data.ts';
import { walk, type Ext4File } from '../../../src/verify/images/ext4-directory.ts';
import { openExt4, type Ext4Volume } from '../../../src/verify/images/ext4-volume.ts';
import { readGpt } from '../../../src/verify/images/gpt.ts';
import { budget, bytesOf, newDirectory, unpacked, withFile } from './image-kit.ts';

const ENV = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
const UUID = '11111111-2222-3333-4444-555555555555';

/** Data at both ends and in the middle, holes between. */
function writeSparse(path: string): Buffer {
  const bytes = Buffer.alloc(4 * 1024 * 1024);
  for (const at of [0, 65_536, 1_000_000, 3_000_000, bytes.length - 7]) bytes.write(`data ${at}`.slice(0, 7), at);
  writeFileSync(path, '');
  truncateSync(path, bytes.length);
  writeFileSync(path, bytes);
  return bytes;
}

describe('an archive of Debian’s tar', () => {
  const formats = [
    ['plain', []],
    ['of GNU’s sparse type', ['--sparse']],
    ['of PAX sparse 0.1', ['--sparse', '--format=pax', '--sparse-version=0.1']],
    ['of PAX sparse 1.0', ['--sparse', '--format=pax', '--sparse-version=1.0']],
  ] as const;
  it.each(formats)('is unpacked with its holes, %s', async (_what, flags) => {
    const directory = newDirectory();
    const long = `${'long-name-'.repeat(15)}.txt`;
    const content = writeSparse(join(directory, 'root.img'));
    await run('fallocate', ['--dig-holes', join(directory, 'root.img')]);
    writeFileSync(join(directory, long), 'long\n');
    const archive = join(directory, 'all.tar');
    await run('tar', [...flags, '-C', directory, '-cf', archive, 'root.img', long]);
    await run('zstd', ['-q', archive, '-o', `${archive}.zst`]);
    await unpacked(`${archive}.zst`, ({ members }) => {
      expect(members.map(({ member }) => [member.name, member.size])).toEqual([
        ['root.img', content.length],
        [long, 5],
      ]);
      expect(bytesOf(members[0]!.bytes).equals(content)).toBe(true);
      expect(bytesOf(members[1]!.bytes).toString()).toBe('long\n');
    });
  });

  it('is unpacked whole where it was packed in several frames', async () => {
    const directory = newDirectory();
    writeFileSync(join(directory, 'a'), 'a'.repeat(3000));
    await run('tar', ['-C', directory, '-cf', join(directory, 'all.tar'), 'a']);
    const tar = readFileSync(join(directory, 'all.tar'));
    for (const [index, part] of [tar.subarray(0, 1000), tar.subarray(1000)].entries()) {
      writeFileSync(join(directory, String(index)), part);
      await run('zstd', ['-q', join(directory, String(index))]);
    }
    const skippable = Buffer.from('502a4d180300000061626300', 'hex').subarray(0, 11);
    const frames = ['0.zst', '1.zst'].map((name) => readFileSync(join(directory, name)));
    writeFileSync(join(directory, 'all.zst'), Buffer.concat([frames[0]!, skippable, frames[1]!, skippable]));
    await unpacked(join(directory, 'all.zst'), ({ members }) => {
      expect(bytesOf(members[0]!.bytes).toString()).toBe('a'.repeat(3000));
    });
  });
});

const textOf = (volume: Ext4Volume, { inode }: Ext4File): string =>
  Buffer.concat([...contentOf(volume, inode)]).toString('latin1');

describe('an ext4 file system of mke2fs', () => {
  async function withTree(
    features: readonly string[],
    use: (volume: Ext4Volume, files: Map<string, Ext4File>) => void,
  ) {
    const directory = newDirectory();
    const tree = join(directory, 'tree');
    mkdirSync(join(tree, 'many'), { recursive: true });
    for (let index = 0; index < 400; index += 1)
      writeFileSync(join(tree, 'many', `a-file-with-number-${index}`), `${index}`);
    writeSparse(join(tree, 'sparse'));
    await run('fallocate', ['--dig-holes', join(tree, 'sparse')]);
    writeFileSync(join(tree, 'large'), Buffer.alloc(5_000_000, 'large'));
    writeFileSync(join(tree, 'small'), 'small', { mode: 0o640 });
    symlinkSync('small', join(tree, 'short-link'));
    symlinkSync('x'.repeat(200), join(tree, 'long-link'));
    const image = join(directory, 'fs.img');
    await makeExt4(image, 24 * 1024 * 1024, UUID, tree, 512);
    if (features.length > 0) {
      await run('mke2fs', ['-q', '-F', '-t', 'ext4', ...features, '-d', tree, image], { env: ENV });
    }
    await run('debugfs', ['-w', '-R', 'ea_set /small security.selinux system_u:object_r:etc_t:s0', image], {
      env: ENV,
    });
    await withFile(image, (bytes) => {
      const volume = openExt4(bytes, budget());
      use(volume, new Map([...walk(volume)].map((file) => [file.path, file])));
    });
    return tree;
  }
  const kinds = [
    ['as upstream makes it', []],
    ['with data in its inodes', ['-O', 'inline_data', '-I', '256']],
    ['of small blocks', ['-b', '1024']],
    ['of 32 bits, with inodes of 128 bytes', ['-O', '^64bit,^metadata_csum', '-I', '128']],
  ] as const;
  it.each(kinds)('is read %s', async (_what, features) => {
    const seen = new Map<string, string>();
    const tree = await withTree(features, (volume, files) => {
      for (const path of ['/sparse', '/large', '/small', '/short-link', '/long-link', '/many/a-file-with-number-399']) {
        seen.set(path, textOf(volume, files.get(path)!));
      }
      expect([...files.keys()].filter((path) => path.startsWith('/many/'))).toHaveLength(400);
      expect(files.get('/small')?.inode.mode).toBe(0o640);
      const attributes = attributesOf(volume, files.get('/small')!.inode).map(({ name, value }) => [
        name,
        value.toString(),
      ]);
      expect(attributes).toContainEqual(['security.selinux', 'system_u:object_r:etc_t:s0']);
    });
    for (const path of ['/sparse', '/large', '/small', '/many/a-file-with-number-399']) {
      expect(seen.get(path) === readFileSync(join(tree, path)).toString('latin1'), path).toBe(true);
    }
    expect(seen.get('/short-link')).toBe('small');
    expect(seen.get('/long-link')).toBe('x'.repeat(200));
  });
});

describe('a disk image of sgdisk', () => {
  it('gives its partitions', async () => {
    const disk = join(newDirectory(), 'disk.img');
    writeFileSync(disk, '');
    truncateSync(disk, 8 * 1024 * 1024);
    const partitions = ['-n', '1:2048:+1M', '-c', '1:boot', '-n', '4:0:0', '-c', '4:root', '-u', `4:${UUID}`];
    await run('sgdisk', [...partitions, disk], { env: ENV });
    await withFile(disk, (bytes) => {
      const found = readGpt(bytes, budget())!;
      expect(found.map(({ number, name }) => [number, name])).toEqual([
        [1, 'boot'],
        [4, 'root'],
      ]);
      expect(found[0]!.bytes.size).toBe(1024 * 1024);
      expect(found[1]!.uuid).toBe(UUID);
    });
    expect(statSync(disk).size).toBe(8 * 1024 * 1024);
  });

  it('is told from what has no partitions', async () => {
    const file = join(newDirectory(), 'none');
    writeFileSync(file, Buffer.alloc(10_000));
    await withFile(file, (bytes) => {
      expect(readGpt(bytes, budget())).toBeNull();
    });
  });
});
