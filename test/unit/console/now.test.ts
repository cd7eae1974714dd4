import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { listenToNow, readNow } from '../../../src/console/ui/now.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

test('whoever begins to listen to the time does not move it for all others', () => {
  const heard: number[] = [];
  const leave = listenToNow(() => heard.push(readNow()));
  vi.advanceTimersByTime(7);
  const leaveToo = listenToNow(() => {});
  leaveToo();
  expect(readNow()).toBe(1_000_000);
  vi.advanceTimersByTime(15_000);
  expect(heard).toEqual([1_015_000]);
  leave();
  expect(vi.getTimerCount()).toBe(0);

  vi.setSystemTime(2_000_000);
  listenToNow(() => {})();
  expect(readNow()).toBe(2_000_000);
});
