/**
 * The pause after so many failures in a row, 1 at least: doubled with each, up to `longestMs`, and at random from half
 * of that, so that those who failed together do not come back together.
 */
export function backoffMs(
  failures: number,
  { firstMs, longestMs, random = Math.random }: { firstMs: number; longestMs: number; random?: () => number },
): number {
  return Math.min(longestMs, firstMs * 2 ** (failures - 1)) * (0.5 + random() / 2);
}
