import type { LaunchMeasurement } from './proposal.ts';

export type RegistryPlace = 'subnets' | 'unassigned-nodes' | 'api-boundary-nodes' | 'cloud-engines' | 'hostos-nodes';

/** Versions that the registry says are running. Each with the places that run it. */
export interface RegistryUse {
  readonly inUse: readonly { readonly version: string; readonly by: string }[];
  /** What could not be read, so that "not in use" is never said of it. */
  readonly notRead: readonly RegistryPlace[];
  /** Places of which all but these were read. Names are for people. */
  readonly partlyRead?: readonly { readonly place: RegistryPlace; readonly but: readonly string[] }[];
  readonly registryVersion: string;
}

/** The registry's record of one elected version, as it stands there. */
export interface RegistryVersion {
  /** Strangers' text: what the registry holds, in whichever case. */
  readonly sha256: string;
  readonly urls: readonly string[];
  /** null: the record carries none. */
  readonly launchMeasurements: readonly LaunchMeasurement[] | null;
}
