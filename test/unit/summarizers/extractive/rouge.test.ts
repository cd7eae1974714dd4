import { expect, test } from 'vitest';
import { oracleTurns, rouge1, rouge2, rougeL, rougeWords } from '../../../../bench/lib-rouge.ts';

test('a word counts as often as both texts have it', () => {
  const scores = rouge1(rougeWords('the cat and the dog'), rougeWords('The cat, the mouse!'));
  expect(scores.precision).toBeCloseTo(3 / 5);
  expect(scores.recall).toBeCloseTo(3 / 4);
  expect(scores.f1).toBeCloseTo(2 / 3);
});

test('pairs count where both texts have them side by side', () => {
  const scores = rouge2(rougeWords('Ann rents a small van today'), rougeWords('Ann rents a van today'));
  expect(scores.precision).toBeCloseTo(3 / 5);
  expect(scores.recall).toBeCloseTo(3 / 4);
  expect(rouge2(rougeWords('one'), rougeWords('one')).f1).toBe(0);
});

test('the longest row counts words in the same order, whatever stands between', () => {
  const scores = rougeL(rougeWords('Ann, who is late, rents a van'), rougeWords('a van Ann rents'));
  expect(scores.precision).toBeCloseTo(2 / 7);
  expect(scores.recall).toBeCloseTo(2 / 4);
  expect(rougeL([], rougeWords('one')).f1).toBe(0);
});

test('texts with nothing in common, or with no words, score nothing', () => {
  expect(rouge1(rougeWords('one'), rougeWords('two')).f1).toBe(0);
  expect(rouge1([], []).f1).toBe(0);
});

test('the oracle takes a turn only as long as it raises the score', () => {
  expect(oracleTurns(['noise here', 'rent a van', 'by Monday'], rougeWords('rent van Monday'), 3)).toEqual([
    'rent a van',
    'by Monday',
  ]);
});
