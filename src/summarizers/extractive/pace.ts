import { setImmediate } from 'node:timers/promises';
import { throwIfCancelled } from '../summarizer.ts';

const sliceMs = 8;

/**
 * Keeps long work from holding the event loop: await the returned function between small steps, and it gives way once
 * 8 ms have passed since it last did. @throws SummarizerError when the signal has aborted.
 */
export function createPace(signal: AbortSignal): () => Promise<void> | undefined {
  let sliceStart = performance.now();
  const giveWay = async (): Promise<void> => {
    await setImmediate();
    throwIfCancelled(signal);
    sliceStart = performance.now();
  };
  return () => {
    if (performance.now() - sliceStart < sliceMs) return undefined;
    return giveWay();
  };
}
