const PAGE = 4096;
/** Where the first processor begins. */
export const FIRST_EIP = 0xffff_fff0;

interface Segment {
  readonly selector: number;
  readonly attributes: number;
  readonly limit: number;
  readonly base: number;
}

const plain = (attributes: number): Segment => ({ selector: 0, attributes, limit: 0xffff, base: 0 });

/**
 * The page with the first state of a virtual processor, as QEMU and KVM make it.
 * @see https://www.amd.com/system/files/TechDocs/24593.pdf (AMD64 APM volume 2, table B-4)
 * @see https://github.com/virtee/sev-snp-measure/blob/8f2b337e/sevsnpmeasure/vmsa.py
 */
export function vmsaPage(eip: number, cpuSignature: number, guestFeatures: number): Buffer {
  const page = Buffer.alloc(PAGE);
  const segments: readonly (readonly [at: number, Segment])[] = [
    [0x00, plain(0x93)],
    [0x10, { selector: 0xf000, attributes: 0x9b, limit: 0xffff, base: (eip & 0xffff_0000) >>> 0 }],
    [0x20, plain(0x93)],
    [0x30, plain(0x93)],
    [0x40, plain(0x93)],
    [0x50, plain(0x93)],
    [0x60, plain(0)],
    [0x70, plain(0x82)],
    [0x80, plain(0)],
    [0x90, plain(0x8b)],
  ];
  for (const [at, { selector, attributes, limit, base }] of segments) {
    page.writeUInt16LE(selector, at);
    page.writeUInt16LE(attributes, at + 2);
    page.writeUInt32LE(limit, at + 4);
    page.writeBigUInt64LE(BigInt(base), at + 8);
  }
  const registers: readonly (readonly [at: number, value: bigint])[] = [
    [0xd0, 0x1000n], // efer: KVM sets SVME
    [0x148, 0x40n], // cr4: KVM sets MCE
    [0x158, 0x10n], // cr0
    [0x160, 0x400n], // dr7
    [0x168, 0xffff_0ff0n], // dr6
    [0x170, 0x2n], // rflags
    [0x178, BigInt(eip & 0xffff)], // rip
    [0x268, 0x0007_0406_0007_0406n], // g_pat
    [0x310, BigInt(cpuSignature)], // rdx
    [0x3b0, BigInt(guestFeatures)], // sev_features
    [0x3e8, 0x1n], // xcr0
  ];
  for (const [at, value] of registers) page.writeBigUInt64LE(value, at);
  page.writeUInt32LE(0x1f80, 0x408); // mxcsr
  page.writeUInt16LE(0x37f, 0x410); // x87 control word
  return page;
}
