/** How a list becomes another one: without `removed` and `moved`, then with each of `placed` put at its index, in order. */
export type ListPatch = {
  removed: string[];
  /** In the order of their indexes in the new list; `isNew` where the old one does not have it, moved otherwise. */
  placed: { id: string; index: number; isNew: boolean }[];
};

/** The least that makes `before` into `after`; both are lists of different ids. */
export function patchOf(before: readonly string[], after: readonly string[]): ListPatch {
  const known = new Map(before.map((id, index) => [id, index]));
  const wanted = new Set(after);
  const stays = longestRise(after.filter((id) => known.has(id)).map((id) => ({ id, rank: known.get(id) ?? 0 })));
  return {
    removed: before.filter((id) => !wanted.has(id)),
    placed: after.flatMap((id, index) => (stays.has(id) ? [] : [{ id, index, isNew: !known.has(id) }])),
  };
}

/** The most that are already in order among themselves. */
function longestRise(items: readonly { id: string; rank: number }[]): Set<string> {
  const lengths: number[] = [];
  const previous: number[] = [];
  let best = -1;
  for (const [index, { rank }] of items.entries()) {
    lengths[index] = 1;
    previous[index] = -1;
    for (let earlier = 0; earlier < index; earlier++) {
      const length = (lengths[earlier] ?? 0) + 1;
      if ((items[earlier]?.rank ?? 0) < rank && length > (lengths[index] ?? 0)) {
        lengths[index] = length;
        previous[index] = earlier;
      }
    }
    if (best < 0 || (lengths[index] ?? 0) > (lengths[best] ?? 0)) best = index;
  }
  const kept = new Set<string>();
  for (let index = best; index >= 0; index = previous[index] ?? -1) {
    const item = items[index];
    if (item !== undefined) kept.add(item.id);
  }
  return kept;
}
