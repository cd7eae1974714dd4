import { expect, test } from 'vitest';
import { readValue, toLines, toPatch } from '../../../src/console/conversation/metadata.ts';

const metadata = { plan: 'pro', seats: 25, code: '0042', count: '42', nested: { a: [1] }, quoted: '"x"' };

test('what is shown reads as what it was', () => {
  for (const { key, value } of toLines(metadata)) expect(readValue(value), key).toEqual(metadata[key as never]);
  expect(toPatch(metadata, toLines(metadata))).toBeNull();
});

test('only what changed is sent, and null for what is gone', () => {
  const lines = toLines(metadata)
    .filter(({ key }) => key !== 'plan')
    .map((line) => (line.key === 'seats' ? { ...line, value: '30' } : line));
  expect(toPatch(metadata, [...lines, { key: ' new ', value: 'yes' }, { key: '', value: 'x' }])).toEqual({
    seats: 30,
    new: 'yes',
    plan: null,
  });
});

test('a conversation without metadata gets its first', () => {
  expect(toPatch(null, [{ key: 'a', value: '' }])).toEqual({ a: '' });
});
