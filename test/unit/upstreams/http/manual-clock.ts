import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../../../src/upstreams/http/clock.ts';

export type ManualClock = Clock & {
  /** Moves on, waking sleepers in their order, each with the time that it waited for. */
  advance(ms: number): Promise<void>;
  /** What was slept for, in order. */
  readonly slept: number[];
};

/** A clock whose hands a test turns. */
export function manualClock(start = Date.parse('2024-01-01T00:00:00Z')): ManualClock {
  let now = start;
  const slept: number[] = [];
  const sleepers = new Set<{ at: number; wake: () => void }>();
  // Whatever follows without waiting for anything from outside.
  const settle = () => setImmediate();
  return {
    slept,
    now: () => now,
    sleep(ms, signal) {
      slept.push(ms);
      return new Promise((resolve, reject) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        const stop = () => {
          sleepers.delete(sleeper);
          reject(signal?.reason);
        };
        if (signal?.aborted) stop();
        else signal?.addEventListener('abort', stop, { once: true });
      });
    },
    async advance(ms) {
      const end = now + ms;
      await settle();
      for (;;) {
        const next = [...sleepers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        sleepers.delete(next);
        now = Math.max(now, next.at);
        next.wake();
        await settle();
      }
      now = end;
      await settle();
    },
  };
}
