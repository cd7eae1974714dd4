import { expect, test } from 'vitest';
import { createSharedRun } from '../../../src/lib/shared-run.ts';

test('whoever asks while a run is under way shares the next one, with others of the same key alone', async () => {
  const share = createSharedRun<number>();
  const ends: (() => void)[] = [];
  let runs = 0;
  const run = () => {
    const number = ++runs;
    return new Promise<number>((resolve) => ends.push(() => resolve(number)));
  };
  const first = share('a', run);
  const waiting = [share('a', run), share('a', run), share('a', run)];
  const other = share('b', run);
  expect(runs).toBe(2);
  for (const end of ends.splice(0)) end();
  expect([await first, await other]).toEqual([1, 2]);
  await expect.poll(() => runs).toBe(3);
  for (const end of ends.splice(0)) end();
  expect(await Promise.all(waiting)).toEqual([3, 3, 3]);
});

test('whoever asks right after a run that took no time shares the next one too', async () => {
  const share = createSharedRun<number>();
  let runs = 0;
  const run = async () => ++runs;
  expect(await share('a', run)).toBe(1);
  const waiting = [];
  for (let asked = 0; asked < 5; asked++) {
    waiting.push(share('a', run));
    await Promise.resolve();
  }
  expect(await Promise.all(waiting)).toEqual([2, 2, 2, 2, 2]);
});

test('a run that fails fails for those who share it, and the next one runs anew', async () => {
  const share = createSharedRun<string>();
  let isFailing = true;
  const run = async () => {
    if (isFailing) throw new Error('away');
    return 'there';
  };
  const first = share('a', run);
  const waiting = share('a', run);
  await expect(first).rejects.toThrow('away');
  await expect(waiting).rejects.toThrow('away');
  isFailing = false;
  expect(await share('a', run)).toBe('there');
});
