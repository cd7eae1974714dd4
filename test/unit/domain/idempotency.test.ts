import { expect, test } from 'vitest';
import { hashRequest } from '../../../src/domain/idempotency.ts';

test('requests that ask for the same are the same, whatever the order of their keys', () => {
  expect(hashRequest({ a: 1, b: { c: [1, { d: null, e: 'x' }] } })).toBe(
    hashRequest({ b: { c: [1, { e: 'x', d: null }] }, a: 1 }),
  );
});

test.each([
  ['another value', { title: 'a' }, { title: 'b' }],
  ['another order of a list', { topics: ['a', 'b'] }, { topics: ['b', 'a'] }],
  ['null, and not given', { title: null }, {}],
  ['a number, and its digits', { count: 1 }, { count: '1' }],
  ['an empty list, and an empty object', { metadata: [] }, { metadata: {} }],
])('%s is another request', (_name, one, other) => {
  expect(hashRequest(one)).not.toBe(hashRequest(other));
});
