import { settings, type SettingValues } from './settings.ts';

/**
 * The root key of the Internet Computer's mainnet, DER in hex.
 * @see https://internetcomputer.org/docs/references/ic-interface-spec (the same as IC_ROOT_KEY of @icp-sdk/core)
 */
const MAINNET_ROOT_KEY =
  '308182301d060d2b0601040182dc7c0503010201060c2b0601040182dc7c05030201036100814c0e6ec71fab583b08bd81373c255c3c371b2e' +
  '84863c98a4f1e08b74235d14fb5d9c0cd546d9685f913a0c0b2cc5341583bf4b4392e467db96d65b9bb4cb717112f8472e0d5a4d14505ffd74' +
  '84b01291091c5f87b98883463f98091a0baaae';

/** The settings that make this another network than mainnet: a verdict with them says nothing about mainnet. */
export function notMainnet(values: SettingValues): readonly string[] {
  const { icRootKey, sigstoreTrustedRoot, governanceCanisterId, registryCanisterId, icRepoUrl } = values;
  const differs = {
    [settings.icRootKey.name]: icRootKey !== null && Buffer.from(icRootKey).toString('hex') !== MAINNET_ROOT_KEY,
    // Whatever stands in the file, we did not bring it and cannot tell where it comes from.
    [settings.sigstoreTrustedRoot.name]: sigstoreTrustedRoot !== null,
    [settings.governanceCanisterId.name]: governanceCanisterId !== settings.governanceCanisterId.fallback,
    [settings.registryCanisterId.name]: registryCanisterId !== settings.registryCanisterId.fallback,
    [settings.icRepoUrl.name]: repository(icRepoUrl) !== settings.icRepoUrl.fallback,
  };
  return Object.keys(differs).filter((name) => differs[name]);
}

/** How verdicts name the network. */
export function networkName(different: readonly string[]): string {
  return different.length === 0 ? 'mainnet' : `NOT MAINNET: ${different.join(', ')}`;
}

function repository(url: string): string {
  return url.replace(/\/+$/, '').replace(/\.git$/, '');
}
