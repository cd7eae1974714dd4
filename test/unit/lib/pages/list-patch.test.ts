import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type ListPatch, patchOf } from '../../../../src/lib/pages/list-patch.ts';

/** What a client does with it. */
function apply(list: readonly string[], { removed, placed }: ListPatch): string[] {
  const leaving = new Set([...removed, ...placed.map(({ id }) => id)]);
  const result = list.filter((id) => !leaving.has(id));
  for (const { id, index } of placed) result.splice(index, 0, id);
  return result;
}

const lists = fc.uniqueArray(fc.constantFrom(...'abcdefghijkl'));

test('any list becomes any other', () => {
  fc.assert(
    fc.property(lists, lists, (before, after) => {
      const patch = patchOf(before, after);
      expect(apply(before, patch)).toEqual(after);
      for (const { id, isNew } of patch.placed) expect(isNew).toBe(!before.includes(id));
    }),
  );
});

test('one that moves is the only one placed, however far', () => {
  expect(patchOf(['a', 'b', 'c', 'd'], ['d', 'a', 'b', 'c']).placed).toEqual([{ id: 'd', index: 0, isNew: false }]);
  expect(patchOf(['a', 'b', 'c', 'd'], ['b', 'c', 'd', 'a']).placed).toEqual([{ id: 'a', index: 3, isNew: false }]);
  expect(patchOf(['a', 'b'], ['a', 'b'])).toEqual({ removed: [], placed: [] });
});
