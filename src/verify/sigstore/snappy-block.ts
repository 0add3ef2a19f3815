import { WatchError } from '../../domain/errors.ts';
import { loadPart } from '../../platform/load-part.ts';

/**
 * Decompresses a Snappy block. What it says of its length is looked at first, so that a small block cannot become a
 * large one. Throws `snappy-unreadable` or `snappy-too-large`.
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 */
export async function decodeSnappy(block: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  const length = declaredLength(block);
  if (length === null) throw new WatchError('malformed', 'snappy-unreadable', 'no Snappy block');
  if (length > maxBytes) {
    throw new WatchError('malformed', 'snappy-too-large', `the block holds ${length} bytes; the limit is ${maxBytes}`);
  }
  const { default: snappy } = await loadPart('snappy', () => import('snappy'));
  try {
    return (await snappy.uncompress(Buffer.from(block), { asBuffer: true })) as Buffer;
  } catch (cause) {
    throw new WatchError('malformed', 'snappy-unreadable', 'a damaged Snappy block', { cause });
  }
}

/** The varint at the start: seven bits a byte, lowest first, up to 32 bits. */
function declaredLength(block: Uint8Array): number | null {
  let length = 0;
  for (const [index, byte] of block.subarray(0, 5).entries()) {
    length += (byte & 0x7f) * 128 ** index;
    if (byte < 0x80) return length;
  }
  return null;
}
