import fc from 'fast-check';
import { expect, test } from 'vitest';
import { backoffMs } from '../../../../src/lib/time/backoff.ts';

test('a pause doubles with each failure, up to the longest, and is at random from half of that', () => {
  const at = (failures: number, random: number) =>
    backoffMs(failures, { firstMs: 100, longestMs: 1_000, random: () => random });
  expect([1, 2, 3, 4, 5, 50].map((failures) => at(failures, 1))).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  expect([1, 2, 5].map((failures) => at(failures, 0))).toEqual([50, 100, 500]);
});

test('no number of failures makes it more than the longest, or nothing', () => {
  const property = fc.property(fc.integer({ min: 1, max: 10_000 }), (failures) => {
    const pauseMs = backoffMs(failures, { firstMs: 1, longestMs: 60_000 });
    expect(pauseMs).toBeGreaterThanOrEqual(0.5);
    expect(pauseMs).toBeLessThanOrEqual(60_000);
  });
  fc.assert(property);
});
