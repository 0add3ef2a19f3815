import { hash } from 'node:crypto';
import type { Ovmf, OvmfSection } from './ovmf.ts';
import { SECTION } from './ovmf.ts';
import { refuse } from './random-access.ts';
import { FIRST_EIP, vmsaPage } from './vmsa.ts';

const PAGE = 4096;
const TYPE = { normal: 1, vmsa: 2, zero: 3, secrets: 5, cpuid: 6 } as const;
/** Address -1, cut to what the table of pages holds. */
const VMSA_GPA = 0xffff_ffff_f000n;
const ZEROS = Buffer.alloc(48);

/** SHA-256 of what QEMU loads beside the firmware. */
export interface KernelHashes {
  readonly kernel: Buffer;
  readonly initrd: Buffer;
  /** Without its final zero byte, which is measured as well. */
  readonly commandLine: Buffer;
}

/**
 * The launch digest of SEV-SNP while it grows.
 * @see https://www.amd.com/system/files/TechDocs/56860.pdf (SEV-SNP ABI, 8.17, PAGE_INFO)
 */
export class LaunchDigest {
  #digest: Buffer;

  constructor(seed: Buffer = ZEROS) {
    this.#digest = seed;
  }

  get value(): Buffer {
    return this.#digest;
  }

  copy(): LaunchDigest {
    return new LaunchDigest(this.#digest);
  }

  normal(gpa: number, data: Buffer): void {
    for (let at = 0; at < data.length; at += PAGE) {
      this.#update(TYPE.normal, BigInt(gpa + at), hash('sha384', data.subarray(at, at + PAGE), 'buffer'));
    }
  }

  zeros(gpa: number, size: number): void {
    for (let at = 0; at < size; at += PAGE) this.#update(TYPE.zero, BigInt(gpa + at), ZEROS);
  }

  special(type: 'secrets' | 'cpuid', gpa: number): void {
    this.#update(TYPE[type], BigInt(gpa), ZEROS);
  }

  /** `contents`: SHA-384 of a processor's page. */
  processor(contents: Buffer): void {
    this.#update(TYPE.vmsa, VMSA_GPA, contents);
  }

  #update(type: number, gpa: bigint, contents: Buffer): void {
    const info = Buffer.alloc(0x70);
    this.#digest.copy(info, 0);
    contents.copy(info, 48);
    info.writeUInt16LE(info.length, 96);
    info.writeUInt8(type, 98);
    info.writeBigUInt64LE(gpa, 104);
    this.#digest = hash('sha384', info, 'buffer');
  }
}

/** The digest before any processor. `before`: that of the firmware's own pages. */
export function measureMetadata(before: LaunchDigest, ovmf: Ovmf, hashes: KernelHashes | null): LaunchDigest {
  const digest = before.copy();
  for (const section of ovmf.sections) measureSection(digest, section, ovmf, hashes);
  if (hashes && !ovmf.sections.some(({ type }) => type === SECTION.kernelHashes)) {
    throw refuse('ovmf-measures-no-kernel', 'firmware that does not measure the kernel');
  }
  return digest;
}

function measureSection(
  digest: LaunchDigest,
  { gpa, size, type }: OvmfSection,
  ovmf: Ovmf,
  hashes: KernelHashes | null,
): void {
  switch (type) {
    case SECTION.memory:
    case SECTION.svsmCaa:
      digest.zeros(gpa, size);
      break;
    case SECTION.secrets:
      digest.special('secrets', gpa);
      break;
    case SECTION.cpuid:
      digest.special('cpuid', gpa);
      break;
    case SECTION.kernelHashes:
      if (hashes) digest.normal(gpa, hashesPage(ovmf, size, hashes));
      else digest.zeros(gpa, size);
      break;
    default:
      throw refuse('ovmf-section-unknown', `a section of SEV metadata of type ${type}`);
  }
}

export function measureFirmware({ gpa, data }: Ovmf): LaunchDigest {
  const digest = new LaunchDigest();
  digest.normal(gpa, data);
  return digest;
}

/** Digests for one processor, two, and so on: each is the one before and one page more. */
export function* countingProcessors(
  before: LaunchDigest,
  { resetEip }: Ovmf,
  { signature, guestFeatures }: { readonly signature: number; readonly guestFeatures: number },
): Generator<Buffer> {
  const digest = before.copy();
  const first = hash('sha384', vmsaPage(FIRST_EIP, signature, guestFeatures), 'buffer');
  const other = hash('sha384', vmsaPage(resetEip, signature, guestFeatures), 'buffer');
  for (let contents = first; ; contents = other) {
    digest.processor(contents);
    yield digest.value;
  }
}

const TABLE_GUID = '9438d606-4f22-4cc9-b479-a793d411fd21';
const COMMAND_LINE_GUID = '97d02dd8-bd20-4c94-aa78-e7714d36ab2a';
const INITRD_GUID = '44baf731-3a2f-4bd7-9af1-41e29169781d';
const KERNEL_GUID = '4de79437-abd2-427f-b835-d5b172d2045b';

/** The page into which QEMU writes the table, at the table's place in it. @see qemu/target/i386/sev.c */
function hashesPage({ hashTableGpa }: Ovmf, size: number, hashes: KernelHashes): Buffer {
  if (hashTableGpa === null || size !== PAGE)
    throw refuse('ovmf-no-hash-table', 'firmware without a place for the kernel’s hash');
  const entries = [
    entry(COMMAND_LINE_GUID, hash('sha256', Buffer.concat([hashes.commandLine, Buffer.alloc(1)]), 'buffer')),
    entry(INITRD_GUID, hashes.initrd),
    entry(KERNEL_GUID, hashes.kernel),
  ];
  const table = entry(TABLE_GUID, Buffer.concat(entries));
  const page = Buffer.alloc(PAGE);
  const offset = hashTableGpa % PAGE;
  if (offset + table.length > PAGE) throw refuse('ovmf-hash-table', 'a table of hashes that crosses its page');
  table.copy(page, offset);
  return page;
}

/** GUID, length of the whole, content. */
function entry(guid: string, content: Buffer): Buffer {
  const head = Buffer.alloc(18);
  const digits = Buffer.from(guid.replaceAll('-', ''), 'hex');
  const order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
  order.forEach((from, at) => head.writeUInt8(digits.readUInt8(from), at));
  head.writeUInt16LE(18 + content.length, 16);
  return Buffer.concat([head, content]);
}
