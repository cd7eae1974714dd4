import { expect, test } from 'vitest';
import { createGate } from '../../../src/lib/gate.ts';

test('so many run at once, the others in order, also past one that fails', async () => {
  const gate = createGate(2);
  const started: number[] = [];
  const ends: ((failed: boolean) => void)[] = [];
  const works = Array.from({ length: 5 }, (_, index) =>
    gate(async () => {
      started.push(index);
      await new Promise<void>((resolve, reject) => {
        ends[index] = (failed) => (failed ? reject(new Error('failed')) : resolve());
      });
      return index;
    }),
  );
  const settled = Promise.allSettled(works);
  expect(started).toEqual([0, 1]);
  ends[1]?.(true);
  await expect.poll(() => started).toEqual([0, 1, 2]);
  ends[0]?.(false);
  await expect.poll(() => started).toEqual([0, 1, 2, 3]);
  ends[3]?.(false);
  await expect.poll(() => started).toEqual([0, 1, 2, 3, 4]);
  for (const index of [2, 4]) ends[index]?.(false);
  expect((await settled).map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
  expect(await gate(async () => 'free again')).toBe('free again');
});
