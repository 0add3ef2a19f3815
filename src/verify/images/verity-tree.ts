import { createHash, hash } from 'node:crypto';
import type { Budget } from './reading-budget.ts';
import { refuse, safeUint64, type RandomAccess } from './random-access.ts';

/** What a dm-verity superblock says of the tree behind it. */
export interface VeritySuperblock {
  /** Byte offset of the superblock within the partition. */
  readonly offset: number;
  readonly salt: Buffer;
  readonly dataBlocks: number;
  readonly dataBlockSize: number;
  readonly hashBlockSize: number;
}

const SIGNATURE = Buffer.from('verity\0\0', 'latin1');
const ALIGNMENT = 4096;

/**
 * The first superblock at or behind `from`, where the file system ends.
 * @see https://gitlab.com/cryptsetup/cryptsetup/-/wikis/DMVerity#verity-superblock-format
 */
export function findVerity(partition: RandomAccess, from: number, budget: Budget): VeritySuperblock | null {
  const start = Math.ceil(from / ALIGNMENT) * ALIGNMENT;
  for (let at = start; at + ALIGNMENT <= partition.size; at += SCANNED) {
    budget.time();
    const length = Math.min(SCANNED, Math.floor((partition.size - at) / ALIGNMENT) * ALIGNMENT);
    const piece = partition.read(at, length);
    for (let within = piece.indexOf(SIGNATURE); within >= 0; within = piece.indexOf(SIGNATURE, within + 1)) {
      if (within % ALIGNMENT === 0) return superblock(piece.subarray(within, within + 512), at + within);
    }
  }
  return null;
}

const SCANNED = 1024 * 1024;

function superblock(bytes: Buffer, offset: number): VeritySuperblock {
  const [version, type] = [bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
  const algorithm = bytes.toString('latin1', 32, 64).replace(/\0.*$/s, '');
  const [dataBlockSize, hashBlockSize] = [bytes.readUInt32LE(64), bytes.readUInt32LE(68)];
  const saltBytes = bytes.readUInt16LE(80);
  const isKnown = version === 1 && type === 1 && algorithm === 'sha256' && saltBytes <= 256;
  if (!isKnown || !isBlockSize(dataBlockSize) || !isBlockSize(hashBlockSize)) {
    throw refuse('verity-form-unknown', `a verity tree of version ${version}, type ${type}, hash ${algorithm}`);
  }
  const dataBlocks = safeUint64(bytes, 72, 'the number of verity data blocks');
  return { offset, salt: bytes.subarray(88, 88 + saltBytes), dataBlocks, dataBlockSize, hashBlockSize };
}

function isBlockSize(size: number): boolean {
  return size >= 512 && size <= 64 * 1024 && (size & (size - 1)) === 0;
}

const DIGEST = 32;
/** So many levels hold more blocks than any disk has. */
const MOST_LEVELS = 16;

/** Root hash over the data blocks, in lower-case hex. Nothing of the stored tree is read: it may be of other data. */
export function verityRoot(partition: RandomAccess, tree: VeritySuperblock, budget: Budget): string {
  const { dataBlocks, dataBlockSize, salt } = tree;
  if (dataBlocks < 2 || dataBlocks * dataBlockSize > partition.size) {
    throw refuse('verity-data-outside', `${dataBlocks} data blocks of ${dataBlockSize} bytes in ${partition.size}`);
  }
  const levels = new Levels(tree);
  const zeros = Buffer.alloc(dataBlockSize);
  const ofZeros = salted(salt, zeros);
  const perRead = Math.max(1, Math.floor(READ / dataBlockSize));
  for (let block = 0; block < dataBlocks; block += perRead) {
    budget.time();
    const count = Math.min(perRead, dataBlocks - block);
    const bytes = partition.read(block * dataBlockSize, count * dataBlockSize);
    for (let index = 0; index < count; index += 1) {
      const one = bytes.subarray(index * dataBlockSize, (index + 1) * dataBlockSize);
      levels.add(0, one.equals(zeros) ? ofZeros : salted(salt, one));
    }
  }
  return levels.root();
}

const READ = 1024 * 1024;

/** The tree while it grows, of which only the last block of each level is there. */
class Levels {
  readonly #salt: Buffer;
  readonly #blockSize: number;
  readonly #open: { block: Buffer; digests: number; closed: number }[] = [];
  readonly #perBlock: number;

  constructor({ salt, hashBlockSize }: VeritySuperblock) {
    this.#salt = salt;
    this.#blockSize = hashBlockSize;
    this.#perBlock = hashBlockSize / DIGEST;
  }

  add(level: number, digest: Buffer): void {
    if (level >= MOST_LEVELS) throw refuse('verity-too-deep', 'a verity tree of too many levels');
    const open = (this.#open[level] ??= { block: Buffer.alloc(this.#blockSize), digests: 0, closed: 0 });
    if (open.digests === this.#perBlock) this.#close(level);
    digest.copy(open.block, open.digests * DIGEST);
    open.digests += 1;
  }

  /** The one block that is on top of everything. */
  root(): string {
    for (let level = 0; ; level += 1) {
      const open = this.#open[level];
      if (!open) throw refuse('verity-empty', 'a verity tree of nothing');
      if (open.closed === 0) return salted(this.#salt, open.block).toString('hex');
      this.#close(level);
    }
  }

  #close(level: number): void {
    const open = this.#open[level];
    if (!open) return;
    const digest = salted(this.#salt, open.block);
    open.block.fill(0);
    open.digests = 0;
    open.closed += 1;
    this.add(level + 1, digest);
  }
}

function salted(salt: Buffer, block: Buffer): Buffer {
  if (salt.length === 0) return hash('sha256', block, 'buffer');
  return createHash('sha256').update(salt).update(block).digest();
}
