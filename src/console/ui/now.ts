import { secondMs } from '../client/durations.ts';

const tickMs = 15 * secondMs;

let now = Date.now();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

export function readNow(): number {
  return now;
}

/** The time moves on by its ticks alone: did it with each that begins to listen, showing it would ask for it again without end. */
export function listenToNow(listener: () => void): () => void {
  listeners.add(listener);
  if (timer === undefined) {
    now = Date.now();
    timer = setInterval(() => {
      now = Date.now();
      for (const each of listeners) each();
    }, tickMs);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
