/** How long one piece of work may keep everything else waiting. */
const turnMs = 0.3;
/** How often the clock is looked at. */
const stepsBetweenLooks = 8;

/**
 * Long work in short turns: between two of them the process does whatever else there is to do. Works that want a
 * turn at the same time take it one after the other.
 */
export type Turns = {
  /** To be awaited between the steps of a long work where it is not null: the turn is over. */
  pass(): Promise<void> | null;
};

export function createTurns(): Turns {
  const waiting: (() => void)[] = [];
  let endsAt = 0;
  let steps = 0;
  let isScheduled = false;

  const begin = () => {
    isScheduled = false;
    const next = waiting.shift();
    if (next === undefined) return;
    endsAt = performance.now() + turnMs;
    next();
    schedule();
  };
  const schedule = () => {
    if (isScheduled || waiting.length === 0) return;
    isScheduled = true;
    setImmediate(begin);
  };

  return {
    pass: () => {
      if (++steps % stepsBetweenLooks !== 0) return null;
      if (waiting.length === 0 && performance.now() < endsAt) return null;
      return new Promise<void>((resolve) => {
        waiting.push(resolve);
        schedule();
      });
    },
  };
}
