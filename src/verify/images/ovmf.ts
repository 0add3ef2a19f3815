import { guid } from './gpt.ts';
import { refuse } from './random-access.ts';

/** Firmware as QEMU loads it, with what its footer says to whoever measures it. */
export interface Ovmf {
  readonly data: Buffer;
  /** Guest physical address of its first byte: it ends at 4 GiB. */
  readonly gpa: number;
  /** Pages that are measured behind it, in their order. */
  readonly sections: readonly OvmfSection[];
  /** Where QEMU writes the table of hashes; null: it does not. */
  readonly hashTableGpa: number | null;
  /** Where further processors begin. */
  readonly resetEip: number;
}

export const SECTION = { memory: 1, secrets: 2, cpuid: 3, svsmCaa: 4, kernelHashes: 0x10 } as const;
export interface OvmfSection {
  readonly gpa: number;
  readonly size: number;
  readonly type: number;
}

const FOOTER = '96b582de-1fb2-45f7-baea-a366c55a082d';
const HASH_TABLE = '7255371f-3a3b-4b04-927b-1da6efa8d454';
const RESET_BLOCK = '00f771de-1a7e-4fcb-890e-68c77e2fb44e';
const SEV_METADATA = 'dc886566-984a-4798-a75e-5585a7bf67cc';
const FOUR_GIB = 2 ** 32;
const PAGE = 4096;
export const MOST_OVMF_BYTES = 16 * 1024 * 1024;
const MOST_SECTIONS = 64;
const MOST_PAGES = 65_536;

/**
 * Reads the table of GUIDs at the end of the firmware, and the SEV metadata that it points to.
 * @see https://github.com/tianocore/edk2/blob/master/OvmfPkg/ResetVector/X64/OvmfSevMetadata.asm
 */
export function readOvmf(data: Buffer): Ovmf {
  if (data.length < PAGE || data.length % PAGE !== 0 || data.length > MOST_OVMF_BYTES) {
    throw refuse('ovmf-size', `firmware of ${data.length} bytes`);
  }
  const table = footerTable(data);
  const reset = table.get(RESET_BLOCK);
  if (!reset || reset.length < 4) throw refuse('ovmf-no-reset', 'firmware that does not say where processors begin');
  const hashTable = table.get(HASH_TABLE);
  const hashTableGpa = hashTable && hashTable.length >= 4 ? hashTable.readUInt32LE(0) : 0;
  return {
    data,
    gpa: FOUR_GIB - data.length,
    sections: sectionsOf(data, table.get(SEV_METADATA)),
    hashTableGpa: hashTableGpa === 0 ? null : hashTableGpa,
    resetEip: reset.readUInt32LE(0),
  };
}

/** From its end, 32 bytes before that of the firmware, backwards: data, size and GUID of each. */
function footerTable(data: Buffer): ReadonlyMap<string, Buffer> {
  const footer = data.length - 32 - 18;
  if (guid(data, footer + 2) !== FOOTER) throw refuse('ovmf-no-footer', 'firmware without a table of GUIDs');
  const start = footer - (data.readUInt16LE(footer) - 18);
  if (start < 0 || start > footer) throw refuse('ovmf-footer', 'a table of GUIDs that is longer than its firmware');
  const entries = new Map<string, Buffer>();
  for (let end = footer; end - start >= 18;) {
    const size = data.readUInt16LE(end - 18);
    if (size < 18 || end - size < start) throw refuse('ovmf-entry', `an entry of ${size} bytes in the table of GUIDs`);
    entries.set(guid(data, end - 16), data.subarray(end - size, end - 18));
    end -= size;
  }
  return entries;
}

function sectionsOf(data: Buffer, entry: Buffer | undefined): readonly OvmfSection[] {
  if (!entry || entry.length < 4) throw refuse('ovmf-no-metadata', 'firmware without SEV metadata');
  const at = data.length - entry.readUInt32LE(0);
  const isInside = at >= 0 && at + 16 <= data.length;
  if (!isInside || data.toString('latin1', at, at + 4) !== 'ASEV' || data.readUInt32LE(at + 8) !== 1) {
    throw refuse('ovmf-metadata', 'SEV metadata that is not where the table says, or of another version');
  }
  const count = data.readUInt32LE(at + 12);
  if (count > MOST_SECTIONS || at + 16 + 12 * count > data.length) {
    throw refuse('ovmf-sections', `${count} sections of SEV metadata`);
  }
  const sections = Array.from({ length: count }, (_, index) => {
    const section = at + 16 + 12 * index;
    const [gpa, size, type] = [0, 4, 8].map((field) => data.readUInt32LE(section + field));
    return { gpa: gpa ?? 0, size: size ?? 0, type: type ?? 0 };
  });
  const pages = sections.reduce((sum, { size }) => sum + size / PAGE, 0);
  if (sections.some(({ size }) => size % PAGE !== 0) || pages > MOST_PAGES) {
    throw refuse('ovmf-section-size', 'sections of SEV metadata that are no whole pages, or too many');
  }
  return sections;
}
