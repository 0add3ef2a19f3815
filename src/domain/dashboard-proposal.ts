import type { LaunchMeasurement } from './proposal.ts';

/** The dashboard's own indexing of the proposal: a cross-check, never an authority. */
export interface DashboardProposal {
  readonly proposalId: string;
  readonly packageSha256: string | null;
  readonly packageUrls: readonly string[];
  readonly version: string | null;
  readonly launchMeasurements: readonly LaunchMeasurement[] | null;
  /** What it shows and nobody can read, at least in part; what could be read of it counts. */
  readonly odd?: readonly ('hash' | 'version' | 'URLs' | 'launch measurements')[];
}
