/** Decimal gigabytes with one digit, as the settings count them. */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
