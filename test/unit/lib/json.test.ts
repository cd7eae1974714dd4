import { expect, test } from 'vitest';
import { parseWithDigits } from '../../../src/lib/json.ts';

test('numbers that a number cannot hold keep their digits as a text, and are told by their paths', () => {
  const text = `{"id": 9007199254740993, "of": {"orders": [1, -12345678901234567890, {"n":\t1e400}]}, "exact": [9007199254740991, 1e22, 0.1]}`;
  expect(parseWithDigits(text)).toEqual({
    json: {
      id: '9007199254740993',
      of: { orders: [1, '-12345678901234567890', { n: '1e400' }] },
      exact: [9007199254740991, 1e22, 0.1],
    },
    longNumbers: expect.arrayContaining(['id', 'of.orders[]', 'of.orders[].n']),
  });
});

test('digits within texts, and whatever a number can hold, are as they are', () => {
  for (const text of [
    '{"a":"[9007199254740993]","b":1.5}',
    '{"a":0.12345678901234567,"b":[1e100]}',
    '[]',
    '9007199254740991',
  ]) {
    expect(parseWithDigits(text)).toEqual({ json: JSON.parse(text), longNumbers: [] });
  }
});
