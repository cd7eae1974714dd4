import { expect, test } from 'vitest';
import { createTurns } from '../../../../src/graphql/events/turns.ts';

const busy = (ms: number) => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

test('long works take turns with one another and with everything else', async () => {
  const turns = createTurns();
  const order: string[] = [];
  let isOver = false;
  const work = async (name: string) => {
    for (let step = 0; step < 400; step++) {
      busy(0.02);
      if (order.at(-1) !== name) order.push(name);
      const over = turns.pass();
      if (over !== null) await over;
    }
  };
  let others = 0;
  const else_ = (async () => {
    while (!isOver) {
      await new Promise(setImmediate);
      others++;
    }
  })();
  await Promise.all([work('a'), work('b')]);
  isOver = true;
  await else_;
  // 16 ms of work in turns of 1 ms.
  expect(others).toBeGreaterThan(5);
  expect(order.length).toBeGreaterThan(6);
});
