import type { Budget } from './reading-budget.ts';
import type { ByteStream } from './byte-stream.ts';
import { refuse } from './random-access.ts';
import {
  isEnd,
  paxRecords,
  readHeader,
  sparseOfBlock,
  sparseOfHeader,
  TAR_BLOCK,
  type Segment,
  type TarHeader,
} from './tar-header.ts';

/** One member, holes and long names resolved. Names are strangers' text: never a path of ours. */
export interface TarMember extends Omit<TarHeader, 'packed'> {
  /** Of the file, holes included. */
  readonly size: number;
}

/** Takes the bytes of a member where they belong; what is not written is a hole. */
export type WriteMember = (member: TarMember) => (offset: number, bytes: Buffer) => void;

const MOST_MEMBERS = 10_000;
/** Long names, PAX headers and maps of segments. */
const MOST_EXTRA = 1024 * 1024;
const MOST_SEGMENTS = 1_000_000;

/** Names and records that stand before the member that they are of. */
interface Ahead {
  name?: string;
  linkName?: string;
  pax?: ReadonlyMap<string, string>;
}

/**
 * Reads an archive as GNU tar writes it, sparse members of every kind included. Gives its members in their order.
 * @see https://www.gnu.org/software/tar/manual/html_node/Sparse-Formats.html
 */
export async function readTar(stream: ByteStream, budget: Budget, write: WriteMember): Promise<readonly TarMember[]> {
  const members: TarMember[] = [];
  let ahead: Ahead = {};
  for (let headers = 0; ; headers += 1) {
    budget.step();
    const block = await stream.exactly(TAR_BLOCK);
    if (!block) throw refuse('tar-no-end', 'the archive has no end');
    if (isEnd(block)) return members;
    if (headers > 3 * MOST_MEMBERS) throw refuse('tar-members', `more than ${MOST_MEMBERS} members`);
    const header = readHeader(block);
    if (await readAhead(stream, header, ahead)) continue;
    members.push(await readMember({ stream, budget, write }, header, block, ahead));
    ahead = {};
  }
}

/** Whether this header only says something of the one that follows. */
async function readAhead(stream: ByteStream, header: TarHeader, ahead: Ahead): Promise<boolean> {
  if (!['L', 'K', 'x', 'g'].includes(header.type)) return false;
  if (header.packed > MOST_EXTRA) throw refuse('tar-extra', `${header.packed} bytes about one member`);
  const bytes = (await stream.exactly(padded(header.packed)))?.subarray(0, header.packed);
  if (!bytes) throw refuse('tar-cut', 'the archive ends within a member');
  if (header.type === 'L') ahead.name = bytes.toString('utf8').replace(/\0.*$/s, '');
  else if (header.type === 'K') ahead.linkName = bytes.toString('utf8').replace(/\0.*$/s, '');
  else if (header.type === 'x') ahead.pax = paxRecords(bytes);
  return true;
}

interface Reading {
  readonly stream: ByteStream;
  readonly budget: Budget;
  readonly write: WriteMember;
}

async function readMember(reading: Reading, header: TarHeader, block: Buffer, ahead: Ahead): Promise<TarMember> {
  const { stream, budget, write } = reading;
  const pax = ahead.pax ?? new Map<string, string>();
  const packed = paxNumber(pax, 'size') ?? header.packed;
  const map = await mapOf(stream, header, block, pax, packed);
  const member: TarMember = {
    ...header,
    name: pax.get('GNU.sparse.name') ?? pax.get('path') ?? ahead.name ?? header.name,
    linkName: pax.get('linkpath') ?? ahead.linkName ?? header.linkName,
    type: header.type === 'S' || header.type === '7' ? '0' : header.type,
    size: map.size,
  };
  requireApart(map.segments, map.size);
  const use = write(member);
  for (const { offset, length } of map.segments) {
    let at = offset;
    await stream.pass(length, (piece) => {
      budget.step();
      use(at, piece);
      at += piece.length;
    });
  }
  const stored = map.segments.reduce((sum, { length }) => sum + length, 0);
  if (stored !== map.stored) throw refuse('tar-sparse', `${stored} bytes in the segments of a member of ${map.stored}`);
  await stream.pass(padded(packed) - packed, () => undefined);
  return member;
}

interface SparseMap {
  readonly segments: readonly Segment[];
  readonly size: number;
  /** Bytes of segments that follow. */
  readonly stored: number;
}

async function mapOf(
  stream: ByteStream,
  header: TarHeader,
  block: Buffer,
  pax: ReadonlyMap<string, string>,
  packed: number,
): Promise<SparseMap> {
  if (header.type === 'S') return gnuMap(stream, block, packed);
  const size = paxNumber(pax, 'GNU.sparse.realsize') ?? paxNumber(pax, 'GNU.sparse.size');
  if (pax.get('GNU.sparse.major') === '1' && size !== null) return mapInFront(stream, size, packed);
  const inHeader = pax.get('GNU.sparse.map');
  if (inHeader !== undefined && size !== null) {
    return { segments: pairs(inHeader.split(',').map(decimal)), size, stored: packed };
  }
  if (pax.has('GNU.sparse.offset') || size !== null)
    throw refuse('tar-sparse-form', 'a sparse member of a form that is not known');
  return { segments: packed > 0 ? [{ offset: 0, length: packed }] : [], size: packed, stored: packed };
}

async function gnuMap(stream: ByteStream, block: Buffer, packed: number): Promise<SparseMap> {
  const { size, ...first } = sparseOfHeader(block);
  const { segments } = first;
  for (let { more } = first; more;) {
    const next = await stream.exactly(TAR_BLOCK);
    if (!next || segments.length > MOST_SEGMENTS) throw refuse('tar-sparse-map', 'a map of segments without an end');
    const read = sparseOfBlock(next);
    for (const segment of read.segments) segments.push(segment);
    more = read.more;
  }
  return { segments, size, stored: packed };
}

/** Version 1.0: decimal lines in front of the data, filled up to a block. */
async function mapInFront(stream: ByteStream, size: number, packed: number): Promise<SparseMap> {
  const lines: string[] = [];
  let [rest, used] = ['', 0];
  const wanted = (): number => (lines[0] === undefined ? 1 : 1 + 2 * decimal(lines[0]));
  while (lines.length < wanted()) {
    const block = await stream.exactly(TAR_BLOCK);
    used += TAR_BLOCK;
    if (!block || used > packed || wanted() > 2 * MOST_SEGMENTS)
      throw refuse('tar-sparse-map', 'a map of segments without an end');
    const parts = `${rest}${block.toString('latin1')}`.split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) lines.push(line);
  }
  return { segments: pairs(lines.slice(1, wanted()).map(decimal)), size, stored: packed - used };
}

function pairs(numbers: readonly number[]): readonly Segment[] {
  const segments: Segment[] = [];
  for (let at = 0; at + 1 < numbers.length; at += 2) {
    segments.push({ offset: numbers[at] ?? 0, length: numbers[at + 1] ?? 0 });
  }
  return segments;
}

/** One behind the other, so that no byte is written twice. */
function requireApart(segments: readonly Segment[], size: number): void {
  let end = 0;
  for (const { offset, length } of segments) {
    if (offset < end || !Number.isSafeInteger(offset + length))
      throw refuse('tar-segments', 'segments of a member lie over each other');
    end = offset + length;
  }
  if (end > size) throw refuse('tar-segments', `segments reach to ${end} in a file of ${size} bytes`);
}

function decimal(text: string): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(value)) throw refuse('tar-decimal', 'a map of segments with a number that is none');
  return value;
}

function paxNumber(pax: ReadonlyMap<string, string>, name: string): number | null {
  const text = pax.get(name);
  return text === undefined ? null : decimal(text);
}

function padded(length: number): number {
  return Math.ceil(length / TAR_BLOCK) * TAR_BLOCK;
}
