import { expect, test } from 'vitest';
import { parseRange } from '../../../src/lib/range.ts';

test.each([
  ['bytes=0-0', 0, 0],
  ['bytes=0-99', 0, 99],
  ['bytes=10-', 10, 99],
  ['bytes=-10', 90, 99],
  ['bytes=-1000', 0, 99],
  ['bytes=50-1000', 50, 99],
  ['Bytes = 5 - 6', 5, 6],
])('%s of 100 bytes is %i to %i', (header, start, end) => {
  expect(parseRange(header, 100)).toEqual({
    kind: 'part',
    start,
    end,
    sizeBytes: end - start + 1,
    contentRange: `bytes ${start}-${end}/100`,
  });
});

test.each([
  null,
  undefined,
  '',
  'bytes=',
  'bytes=-',
  'bytes=5-4',
  'bytes=a-b',
  'bytes=0-1,3-4',
  'lines=1-2',
  'bytes=1.5-2',
  'bytes=--5',
])('%s is answered with the whole file', (header) => {
  expect(parseRange(header, 100)).toEqual({ kind: 'whole' });
});

test.each([
  ['bytes=100-', 100],
  ['bytes=999999999999-', 100],
  ['bytes=-0', 100],
  ['bytes=0-', 0],
  ['bytes=-5', 0],
])('%s of %i bytes cannot be satisfied', (header, totalBytes) => {
  expect(parseRange(header, totalBytes)).toEqual({ kind: 'unsatisfiable', contentRange: `bytes */${totalBytes}` });
});
