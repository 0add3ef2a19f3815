/** In place of a network, for what `test-notify --sample` sends: whoever reads it takes it for no verdict. */
export const SAMPLE_NETWORK = 'NOT MAINNET: SAMPLE, nothing was verified';

/** What stands before every title on this network. */
export function networkMark(network: string): string {
  if (network === 'mainnet') return '';
  return network === SAMPLE_NETWORK ? 'NOT MAINNET · SAMPLE · ' : 'NOT MAINNET · ';
}
