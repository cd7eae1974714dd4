import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRateBudget } from '../../../../src/upstreams/http/budget.ts';
import { noObservation } from '../../../../src/upstreams/http/rate-headers.ts';
import { createLocalRateUsage } from '../../../../src/upstreams/http/rate-usage-store.ts';
import { manualClock } from './manual-clock.ts';

const minuteMs = 60_000;

const windows = fc.uniqueArray(
  fc.record({
    limit: fc.integer({ min: 2, max: 300 }),
    windowMs: fc.constantFrom(1_000, 10_000, minuteMs, 10 * minuteMs),
  }),
  { minLength: 1, maxLength: 3, selector: ({ windowMs }) => windowMs },
);

/** Some requests at once, of one process, so long after those before. */
const burst = fc.record({
  process: fc.nat({ max: 2 }),
  count: fc.integer({ min: 1, max: 60 }),
  priority: fc.constantFrom('interactive' as const, 'background' as const),
  afterMs: fc.oneof(fc.constant(0), fc.nat({ max: 2_000 }), fc.nat({ max: 3 * minuteMs })),
  maxWaitMs: fc.constantFrom(0, 5_000, 10 * minuteMs),
});

/** The most of these instants that any span of that length holds. */
function fullest(at: readonly number[], windowMs: number): number {
  const sorted = at.toSorted((a, b) => a - b);
  let start = 0;
  return sorted.reduce((most, now, index) => {
    while ((sorted[start] ?? now) <= now - windowMs) start++;
    return Math.max(most, index - start + 1);
  }, 0);
}

test('no window of an account is ever overspent, by whichever processes and in whichever order', async () => {
  await fc.assert(
    fc.asyncProperty(windows, fc.array(burst, { minLength: 1, maxLength: 25 }), async (limits, bursts) => {
      const clock = manualClock();
      const store = { ...createLocalRateUsage(clock), isShared: true };
      const processes = Array.from({ length: 3 }, () => createRateBudget({ clock, store }));
      const sentAt: number[] = [];
      let over = 0;
      for (const { process, count, priority, afterMs, maxWaitMs } of bursts) {
        await clock.advance(afterMs);
        const budget = processes[process];
        for (let index = 0; index < count; index++) {
          budget?.acquire('account', { priority, limits, maxWaitMs }).then(
            async () => {
              sentAt.push(clock.now());
              await budget.observe('account', { ...noObservation, status: 200 });
            },
            () => over++,
          );
        }
      }
      await clock.advance(20 * minuteMs);
      for (const { limit, windowMs } of limits) {
        expect(fullest(sentAt, windowMs), `of ${limit} in ${windowMs} ms`).toBeLessThanOrEqual(limit);
      }
      expect(sentAt.length, 'some were let through').toBeGreaterThan(0);
      const asked = bursts.reduce((sum, { count }) => sum + count, 0);
      expect(sentAt.length + over).toBeLessThanOrEqual(asked);
    }),
    { numRuns: 60 },
  );
}, 120_000);
