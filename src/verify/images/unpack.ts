import { randomBytes } from 'node:crypto';
import { closeSync, ftruncateSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { WatchError } from '../../domain/errors.ts';
import type { Budget } from './reading-budget.ts';
import { ByteStream } from './byte-stream.ts';
import { fileAccess, type RandomAccess } from './random-access.ts';
import { readTar, type TarMember } from './tar-members.ts';
import { unzstd } from './zstd-frames.ts';

export interface UnpackedMember {
  readonly member: TarMember;
  readonly bytes: RandomAccess;
}

export interface Unpacked {
  readonly members: readonly UnpackedMember[];
  readonly close: () => void;
}

/** How far the files of one image may reach, holes counted. */
const MOST_REACH = 64 * 1024 ** 3;
/** Of the disk that is left, so much stays for others. */
const SPARE = 1024 ** 3;
const MOST_MEMBERS = 256;

/**
 * Unpacks the `.tar.zst` into files that have no name, so that they are gone with their process.
 * Holes stay holes.
 */
export async function unpack(packed: RandomAccess, directory: string, budget: Budget): Promise<Unpacked> {
  const opened: { descriptor: number; member: TarMember }[] = [];
  const close = (): void => opened.forEach((each) => closeSync(each.descriptor));
  const room = roomIn(directory);
  let stored = 0;
  try {
    const stream = new ByteStream(unzstd(packed, budget));
    await readTar(stream, budget, (member) => {
      requireModest(member, opened);
      const target = nameless(directory);
      opened.push({ descriptor: target, member });
      ftruncateSync(target, member.size);
      return (offset, bytes) => {
        stored += bytes.length;
        if (stored > room) throw new WatchError('host', 'no-room-to-unpack', 'no room is left to unpack the image');
        writeAll(target, bytes, offset);
      };
    });
    await stream.rest();
    return { members: opened.map((each) => unpacked(each)), close };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

function nameless(directory: string): number {
  const path = join(directory, `unpacking-${randomBytes(8).toString('hex')}`);
  const descriptor = openSync(path, 'wx+', 0o600);
  rmSync(path);
  return descriptor;
}

function unpacked({ descriptor, member }: { descriptor: number; member: TarMember }): UnpackedMember {
  return { member, bytes: fileAccess(descriptor, member.size) };
}

function roomIn(directory: string): number {
  const { bavail, bsize } = statfsSync(directory);
  return Math.max(0, bavail * bsize - SPARE);
}

function requireModest({ size }: TarMember, opened: readonly { member: TarMember }[]): void {
  const reach = opened.reduce((sum, { member }) => sum + member.size, size);
  if (reach > MOST_REACH || opened.length >= MOST_MEMBERS) {
    throw new WatchError('limit', 'image-reaches-too-far', `${opened.length + 1} files of ${reach} bytes in one image`);
  }
}

/** Zeros are left out: the file has a hole there. */
function writeAll(descriptor: number, bytes: Buffer, offset: number): void {
  if (ZEROS.length >= bytes.length && bytes.equals(ZEROS.subarray(0, bytes.length))) return;
  for (let done = 0; done < bytes.length;) {
    done += writeSync(descriptor, bytes, done, bytes.length - done, offset + done);
  }
}

const ZEROS = Buffer.alloc(1024 * 1024);
