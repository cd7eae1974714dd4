import { expect, test } from 'vitest';
import { toSpans } from '../../../src/console/stats/days.ts';

const dayMs = 86_400_000;

/** Days from the first of January 2024 on, each with a conversation of three messages. */
function days(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    date: new Date(Date.UTC(2024, 0, 1) + index * dayMs).toISOString().slice(0, 10),
    conversations: 1,
    messages: 3,
  }));
}

test('a bar is a day, where they can be told apart', () => {
  expect(toSpans(days(2))).toEqual([
    { from: '2024-01-01', to: '2024-01-01', conversations: 1, messages: 3 },
    { from: '2024-01-02', to: '2024-01-02', conversations: 1, messages: 3 },
  ]);
  expect(toSpans([])).toEqual([]);
});

test('a quarter and more is told by weeks, years by months, and nothing is lost', () => {
  const weeks = toSpans(days(100));
  expect(weeks).toHaveLength(15);
  expect(weeks[0]).toEqual({ from: '2024-01-01', to: '2024-01-07', conversations: 7, messages: 21 });
  expect(weeks.at(-1)).toMatchObject({ to: '2024-04-09', conversations: 2 });
  const months = toSpans(days(731));
  expect(months).toHaveLength(24);
  expect(months[1]).toEqual({ from: '2024-02-01', to: '2024-02-29', conversations: 29, messages: 87 });
  expect(months.reduce((sum, { conversations }) => sum + conversations, 0)).toBe(731);
});
