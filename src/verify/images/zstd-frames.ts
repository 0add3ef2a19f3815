import { Readable } from 'node:stream';
import { constants, createZstdDecompress } from 'node:zlib';
import { WatchError } from '../../domain/errors.ts';
import type { Budget } from './reading-budget.ts';
import { pieces, refuse, type RandomAccess } from './random-access.ts';

/** Window of 64 MiB: more than any level below `--ultra` uses. */
const WINDOW_LOG = 26;
/** Bytes that one image may unpack to. */
const MOST_UNPACKED = 16 * 1024 ** 3;
/** An honest image is packed to a tenth at best; what is small may be packed to nothing. */
const RATIO = { free: 512 * 1024 ** 2, most: 200 } as const;
/** `0x184D2A50` and the fifteen that follow: a frame whose content is not for us. */
const SKIPPABLE = 0x184d_2a50;

/**
 * What a file of zstd frames unpacks to. `node:zlib` ends with the first frame and is silent about what follows, so each
 * is begun where the one before ended.
 * @see https://www.rfc-editor.org/rfc/rfc8878#section-3.1
 */
export async function* unzstd(packed: RandomAccess, budget: Budget): AsyncGenerator<Buffer> {
  let unpacked = 0;
  if (packed.size < 5) throw refuse('image-not-zstd', 'it is too short to be packed with zstd');
  for (let at = 0; at < packed.size;) {
    budget.time();
    const skipped = skippableAt(packed, at);
    if (skipped !== null) {
      at += skipped;
      continue;
    }
    const frame = createZstdDecompress({
      params: { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG },
      chunkSize: 256 * 1024,
    });
    const file = Readable.from(pieces(packed, at), { objectMode: false });
    file.on('error', (thrown) => frame.destroy(thrown));
    file.pipe(frame);
    try {
      for await (const chunk of frame as AsyncIterable<Buffer>) {
        budget.time();
        unpacked += chunk.length;
        requireModest(unpacked, at + frame.bytesWritten);
        yield chunk;
      }
    } catch (thrown) {
      throw readable(thrown);
    } finally {
      file.destroy();
      frame.destroy();
    }
    if (frame.bytesWritten === 0) throw refuse('image-frame-empty', 'a zstd frame of no bytes');
    at += frame.bytesWritten;
  }
}

function skippableAt(packed: RandomAccess, at: number): number | null {
  if (at + 8 > packed.size) return null;
  const header = packed.read(at, 8);
  if ((header.readUInt32LE(0) & 0xffff_fff0) >>> 0 !== SKIPPABLE) return null;
  return 8 + header.readUInt32LE(4);
}

function requireModest(unpacked: number, read: number): void {
  const isBomb = unpacked > RATIO.free && unpacked > RATIO.most * read;
  if (!isBomb && unpacked <= MOST_UNPACKED) return;
  throw new WatchError('limit', 'image-unpacks-too-large', `its first ${read} bytes unpack to more than ${unpacked}`);
}

/** What zlib says of bytes that it cannot read is a fact about them. */
function readable(thrown: unknown): unknown {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  return /^ZSTD_|^Z_|^ERR_ZLIB/.test(code) ? refuse('image-not-zstd', `it cannot be unpacked (${code})`) : thrown;
}
