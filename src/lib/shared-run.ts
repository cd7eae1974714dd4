import { setTimeout as pause } from 'node:timers/promises';

/** Runs of one key begin no sooner after each other: however short they are, those who come together share one. */
const apartMs = 10;

/**
 * Those who ask for the same key share an answer: whoever asks while one is under way, or has just been, gets the next
 * one, which begins after they asked, so that nobody is given what was true before.
 */
export function createSharedRun<Value>(): (key: string, run: () => Promise<Value>) => Promise<Value> {
  const underWay = new Map<string, { current: Promise<unknown>; next: Promise<Value> | null }>();
  const start = (key: string, run: () => Promise<Value>): Promise<Value> => {
    const value = run();
    const entry = { current: Promise.allSettled([value, pause(apartMs)]), next: null as Promise<Value> | null };
    underWay.set(key, entry);
    void entry.current.then(() => {
      if (entry.next === null) underWay.delete(key);
    });
    return value;
  };
  return (key, run) => {
    const entry = underWay.get(key);
    if (entry === undefined) return start(key, run);
    entry.next ??= entry.current.then(() => start(key, run));
    return entry.next;
  };
}
