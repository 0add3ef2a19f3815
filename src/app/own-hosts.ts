import { MIRROR_HOSTS } from '../domain/artifact.ts';
import type { Config } from '../operator/config.ts';

/**
 * Hosts that the program itself names. They are asked wherever their names lead: a resolver that answers with addresses of
 * its own ("fake-ip", 198.18.0.0/15) does so for these as well. A URL of a proposal that names one of them asks nothing
 * there that we do not ask ourselves.
 */
export const BUILT_IN_HOSTS: ReadonlySet<string> = new Set([
  ...Object.values(MIRROR_HOSTS),
  'api.github.com',
  // Where GitHub keeps the bundles of attestations.
  'tmaproduction.blob.core.windows.net',
  'ic-api.internetcomputer.org',
  'tuf-repo-cdn.sigstore.dev',
]);

/** Where the canisters are asked: as the operator says, by any name and port, on his own network too. */
export function boundaryHosts({ icHosts }: Pick<Config, 'icHosts'>): ReadonlySet<string> {
  return new Set(icHosts.map((url) => new URL(url).host));
}
