import { describe, expect, test } from 'vitest';
import { isDay, parseInstant, spanEnd, spanStart } from '../../../src/rest/times.ts';

describe('days', () => {
  test.each(['2024-01-31', '2024-02-29', '0001-01-01', '9999-12-31'])('%s is one', (text) => {
    expect(isDay(text)).toBe(true);
  });
  test.each([
    '2023-02-29',
    '2024-13-01',
    '2024-1-1',
    '0000-01-01',
    '2024-01-31T00:00:00Z',
    '2024-01-31 ',
    '-2024-01-01',
    '',
  ])('%j is none', (text) => {
    expect(isDay(text)).toBe(false);
  });
});

describe('instants', () => {
  test.each([
    ['2024-01-31T10:30:00Z', '2024-01-31T10:30:00.000Z'],
    ['2024-01-31T10:30Z', '2024-01-31T10:30:00.000Z'],
    ['2024-01-31t10:30:00.123456z', '2024-01-31T10:30:00.123Z'],
    ['2024-01-31T23:30:00-05:00', '2024-02-01T04:30:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(parseInstant(text)?.toISOString()).toBe(expected);
  });
  test.each([
    '2024-01-31T10:30:00',
    '2024-01-31',
    '2024-02-30T00:00:00Z',
    '2024-01-31T25:00:00Z',
    '0001-01-01T00:00:00+14:00',
    '9999-12-31T23:59:59-14:00',
    '+012024-01-01T00:00:00Z',
    'now',
  ])('%j is none', (text) => {
    expect(parseInstant(text)).toBeNull();
  });
});

test.each([
  ['2024-01-31', '2024-01-31T00:00:00.000Z', '2024-02-01T00:00:00.000Z'],
  ['2024-01-31T10:30:00Z', '2024-01-31T10:30:00.000Z', '2024-01-31T10:30:01.000Z'],
  ['2024-01-31T10:30:00.400Z', '2024-01-31T10:30:00.400Z', '2024-01-31T10:30:01.000Z'],
  ['9999-12-31', '9999-12-31T00:00:00.000Z', '9999-12-31T23:59:59.999Z'],
])('a span of %s begins at %s and ends before %s', (text, start, end) => {
  expect([spanStart(text)?.toISOString(), spanEnd(text)?.toISOString()]).toEqual([start, end]);
});

test('what is neither a day nor an instant bounds nothing', () => {
  expect([spanStart('soon'), spanEnd('soon')]).toEqual([null, null]);
});
