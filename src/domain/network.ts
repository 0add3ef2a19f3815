/** Of what an older version made, which did not write the network down. */
export const NOT_RECORDED = 'NOT MAINNET: not recorded';

/** How what was made on one network reads with the settings of `now`: as mainnet’s only where both are. */
export function shownNetwork(made: string, now: string): string {
  return made === 'mainnet' ? now : made;
}
