import { describe, expect, test } from 'vitest';
import {
  batchAfter,
  createRecentRuns,
  type Frame,
  type Run,
  toBatches,
  toFrame,
} from '../../../../src/graphql/events/frame.ts';

const frame = (seq: number, length = 2): Frame => toFrame('tenant', BigInt(seq), 'x'.repeat(length));
const run = (from: number, to: number, length = 2): Run => ({
  from: BigInt(from),
  to: BigInt(to),
  batches: [[frame(to, length)]],
});
const seqs = (batches: readonly (readonly Frame[])[]) => batches.map((batch) => batch.map(({ seq }) => Number(seq)));

describe('batches', () => {
  test('hold as many frames as fit, in order, and one that fits nowhere by itself', () => {
    expect(toBatches([])).toEqual([]);
    const frames = [frame(1, 10_000), frame(2, 6_000), frame(3, 1_000), frame(4, 40_000), frame(5), frame(6)];
    expect(seqs(toBatches(frames))).toEqual([[1, 2], [3], [4], [5, 6]]);
  });

  test('are given from a place on: the very same where all of it is new', () => {
    const batch = [frame(3), frame(5)];
    expect(batchAfter(batch, 2n)).toBe(batch);
    expect(seqs([batchAfter(batch, 3n) ?? []])).toEqual([[5]]);
    expect(seqs([batchAfter(batch, 4n) ?? []])).toEqual([[5]]);
    expect(batchAfter(batch, 5n)).toBeNull();
  });
});

describe('recent runs', () => {
  test('are found by every place within them, and by none at their end', () => {
    const recent = createRecentRuns({ bytes: 0 });
    recent.add(run(2, 5));
    recent.add(run(5, 7));
    expect([1, 2, 4, 5, 6, 7].map((place) => recent.find(BigInt(place))?.to ?? null)).toEqual([
      null,
      5n,
      5n,
      7n,
      7n,
      null,
    ]);
  });

  test('keep the newest of a group, and the newest one however long it is', () => {
    const budget = { bytes: 0 };
    const recent = createRecentRuns(budget);
    for (let place = 0; place < 300; place++) recent.add(run(place, place + 1));
    expect(recent.find(43n)).toBeNull();
    expect(recent.find(44n)).not.toBeNull();
    recent.add(run(300, 301, 2_000_000));
    expect(recent.find(299n)).toBeNull();
    expect(recent.find(300n)).not.toBeNull();
    recent.clear();
    expect(recent.find(300n)).toBeNull();
    expect(budget.bytes).toBe(0);
  });

  test('of all groups together keep no more than there is room for', () => {
    const budget = { bytes: 0 };
    const groups = Array.from({ length: 40 }, () => createRecentRuns(budget));
    for (const recent of groups) recent.add(run(0, 1, 1_000_000));
    expect(groups.filter((recent) => recent.find(0n) !== null)).toHaveLength(33);
    expect(budget.bytes).toBeLessThanOrEqual(64 * 1_048_576);
    for (const recent of groups) recent.clear();
    expect(budget.bytes).toBe(0);
  });
});
