import type { Config } from '../operator/config.ts';
import type { ProbeDeps } from '../verify/collect/host-probes.ts';

/** What the settings say of the machine that builds, for a run and for `doctor` alike. */
export function hostSettings(config: Config): Omit<ProbeDeps, 'exec' | 'machine' | 'timeoutMs'> {
  const { environment: env, minDiskBytes, minRamBytes, cacheDir } = config;
  return { env, minDiskBytes, minRamBytes, cacheDir, allowWithoutIsolation: config.buildIsolation === 'if-possible' };
}
