/** A processor model of QEMU, by what a guest reads in CPUID 1. */
export interface CpuModel {
  /** CPUID Fn0000_0001_EAX: family, model and stepping. */
  readonly signature: number;
  /** Names of QEMU that share it, the usual one first. */
  readonly names: readonly [string, ...string[]];
}

/**
 * Every SEV-SNP model that QEMU has a name for.
 * @see https://github.com/virtee/sev-snp-measure/blob/8f2b337e/sevsnpmeasure/vcpu_types.py
 */
export const CPU_MODELS: readonly CpuModel[] = [
  {
    signature: signature(23, 1, 2),
    names: ['EPYC-v4', 'EPYC', 'EPYC-v1', 'EPYC-v2', 'EPYC-v3', 'EPYC-IBPB'],
  },
  { signature: signature(23, 49, 0), names: ['EPYC-Rome', 'EPYC-Rome-v1', 'EPYC-Rome-v2', 'EPYC-Rome-v3'] },
  { signature: signature(25, 1, 1), names: ['EPYC-Milan', 'EPYC-Milan-v1', 'EPYC-Milan-v2'] },
  { signature: signature(25, 17, 0), names: ['EPYC-Genoa', 'EPYC-Genoa-v1'] },
  { signature: signature(26, 0, 0), names: ['EPYC-Turin'] },
];

/** @see https://www.amd.com/system/files/TechDocs/25481.pdf (CPUID Fn0000_0001_EAX) */
function signature(family: number, model: number, stepping: number): number {
  const [low, high] = family > 0xf ? [0xf, family - 0xf] : [family, 0];
  return ((high << 20) | ((model >> 4) << 16) | (low << 8) | ((model & 0xf) << 4) | stepping) >>> 0;
}
