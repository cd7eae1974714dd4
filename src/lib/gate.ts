/** Lets at most `limit` works run at once; the others wait their turn, in order. */
export function createGate(limit: number): <Value>(work: () => Promise<Value>) => Promise<Value> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (work) => {
    if (running === limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running++;
    try {
      return await work();
    } finally {
      // The next one takes its place.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
