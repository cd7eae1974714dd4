import { setTimeout as wait } from 'node:timers/promises';

/** Where waiting code takes its time from, so that a test can turn the hands. */
export type Clock = {
  /** Milliseconds since the epoch. */
  now(): number;
  /** @throws the signal's reason when it fires */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms, signal) => wait(ms, undefined, signal ? { signal } : {}),
};
