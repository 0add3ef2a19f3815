import type { Sha256 } from './ids.ts';

/** One launch measurement that a published image gives. */
export interface ImageMatch {
  /** Lower-case hex. */
  readonly measurement: string;
  /** Name of the command line in the image: `BOOT_ARGS_TEE_A`. */
  readonly bootArgs: string;
  readonly commandLine: string;
  /** Names of QEMU for the processor, the usual one first. */
  readonly vcpuTypes: readonly string[];
  readonly vcpus: number;
  readonly guestFeatures: number;
}

/** What a GuestOS image gives of its launch measurements, without any word of who published it. */
export interface MeasuredImage {
  /** Of the packed image that was read. */
  readonly sha256: Sha256;
  readonly bytes: number;
  readonly bootArgs: readonly {
    readonly name: string;
    readonly commandLine: string;
    /** What the command line demands; null: nothing. */
    readonly rootHash: string | null;
  }[];
  /** dm-verity root of the root partition as it lies in the image; null: there is no tree. */
  readonly rootHash: string | null;
  readonly matches: readonly ImageMatch[];
  /** Measurements that were asked for, and that no count and type of processors gives. */
  readonly notFound: readonly string[];
}
