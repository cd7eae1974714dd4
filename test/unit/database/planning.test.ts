import { expect, test } from 'vitest';
import { anyText, planned } from '../../../src/database/planning.ts';

test('the number of texts is rounded up to a power of two, so that few statements differ by it', () => {
  const ids = (count: number) => Array.from({ length: count }, (_, index) => `id${index}`);
  expect(anyText(ids(1)).text).toBe('ANY(ARRAY[$1]::text[])');
  expect(anyText(ids(3)).text).toBe('ANY(ARRAY[$1,$2,$3,$4]::text[])');
  expect(anyText(ids(3)).values).toEqual(['id0', 'id1', 'id2', 'id2']);
  expect(anyText(ids(4)).text).toBe(anyText(ids(3)).text);
  expect(anyText(ids(64)).values).toHaveLength(64);
});

test('many texts are one parameter, and none at all match nothing', () => {
  const many = Array.from({ length: 65 }, (_, index) => `id${index}`);
  expect(anyText(many)).toMatchObject({ text: 'ANY($1::text[])', values: [many] });
  expect(anyText([])).toMatchObject({ text: "ANY('{}'::text[])", values: [] });
});

test('a number stands in the text as it is, and nothing but a whole number does', () => {
  expect(planned(21)).toMatchObject({ text: '21', values: [] });
  for (const count of [1.5, Number.NaN, Number.POSITIVE_INFINITY, '1; DROP TABLE x' as never]) {
    expect(() => planned(count)).toThrow('no whole number');
  }
});
