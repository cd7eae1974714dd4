import { setTimeout as pause } from 'node:timers/promises';
import { isUnavailable } from '../database/unavailable.ts';

const firstPauseMs = 50;
const longestPauseMs = 2_000;

/**
 * Does `work`, again and again while the database cannot be reached or has no room, with growing pauses.
 * @param onFailure hears of each try that failed for now
 * @returns null where `signal` aborted first
 * @throws what `work` throws for good
 */
export async function keepTrying<Value>(
  work: () => Promise<Value>,
  signal: AbortSignal,
  onFailure: (err: unknown) => void,
): Promise<Value | null> {
  for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    try {
      return await work();
    } catch (err) {
      if (!isUnavailable(err)) throw err;
      if (signal.aborted) break;
      onFailure(err);
      await pause(pauseMs, undefined, { signal }).catch(() => {});
    }
  }
  return null;
}
