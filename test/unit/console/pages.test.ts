import { expect, test } from 'vitest';
import {
  addPage,
  countRows,
  type Fetched,
  fillPage,
  type Head,
  hasRow,
  indexOf,
  isOfHead,
  keepOnly,
  noPages,
  type Pages,
  pageAt,
  patchHead,
  patchRow,
  placeRow,
  type Row,
  refreshFromHead,
  removeRow,
  rowAt,
  showHead,
} from '../../../src/console/inbox/pages.ts';
import { patchOf } from '../../../src/lib/pages/list-patch.ts';

/** A conversation whose last message was written in that minute. */
function row(id: string, minute: number): Row {
  const at = `2026-01-01T00:${String(minute).padStart(2, '0')}:00.000Z`;
  return {
    id,
    provider: 'LOCAL',
    title: id,
    preview: '',
    source: null,
    status: 'COMPLETED',
    segment: null,
    startedAt: at,
    lastMessageAt: at,
    updatedAt: at,
    messageCount: 1,
    summary: null,
  };
}

function page(rows: Row[], endCursor: string, hasMore = true): Fetched {
  return { rows, endCursor, hasMore };
}

function ids(pages: Pages): (string | null)[] {
  return Array.from({ length: countRows(pages) }, (_, index) => rowAt(pages, index)?.id ?? null);
}

const three = [page([row('a', 9), row('b', 8)], 'B'), page([row('c', 7), row('d', 6)], 'D')].reduce(addPage, noPages);

test('pages follow one another, and each keeps the cursor that it was asked for by', () => {
  expect(ids(three)).toEqual(['a', 'b', 'c', 'd']);
  expect(three.list.map((each) => each.after)).toEqual([null, 'B']);
  expect(three.next).toBe('D');
  expect(addPage(three, page([row('e', 5)], 'E', false)).isComplete).toBe(true);
});

test('a conversation that moved down between two pages is not shown twice', () => {
  expect(ids(addPage(three, page([row('d', 6), row('e', 5)], 'E')))).toEqual(['a', 'b', 'c', 'd', 'e']);
});

test('far pages let their rows go, keep their length, and are filled again', () => {
  const four = addPage(three, page([row('e', 5), row('f', 4)], 'F'));
  const far = keepOnly(four, 2, 2);
  // The head stays: what is new is told beside it.
  expect(ids(far)).toEqual(['a', 'b', null, null, 'e', 'f']);
  expect(pageAt(far, 1)).toBe(0);
  expect(pageAt(far, 2)).toBe(1);
  expect(pageAt(far, 99)).toBe(2);
  expect(ids(fillPage(far, 1, page([row('c', 7), row('x', 6)], 'X')))).toEqual(['a', 'b', 'c', 'x', 'e', 'f']);
});

test('letting go of nothing changes nothing, so that nothing is drawn anew', () => {
  expect(keepOnly(three, 0, 5)).toBe(three);
  expect(removeRow(three, 'nobody')).toBe(three);
  expect(patchRow(three, row('nobody', 1))).toBe(three);
});

test('a new conversation goes where it belongs', () => {
  expect(ids(placeRow(three, row('n', 10)))).toEqual(['n', 'a', 'b', 'c', 'd']);
  expect(ids(placeRow(three, { ...row('n', 7), lastMessageAt: null }))).toEqual(['a', 'b', 'n', 'c', 'd']);
});

test('one that belongs past what is held comes when it is scrolled to, or last where all is held', () => {
  expect(placeRow(three, row('n', 1))).toBe(three);
  const whole = addPage(three, page([], 'D', false));
  expect(ids(placeRow(whole, row('n', 1)))).toEqual(['a', 'b', 'c', 'd', 'n']);
});

test('the first conversation of an empty list is shown', () => {
  const empty = addPage(noPages, page([], '', false));
  expect(ids(placeRow(empty, row('n', 1)))).toEqual(['n']);
  expect(ids(placeRow({ ...noPages, isComplete: true }, row('n', 1)))).toEqual(['n']);
});

test('a change is shown where the conversation stands, with what the search found in it', () => {
  const found = addPage(noPages, page([{ ...row('a', 9), snippet: '<mark>it</mark>' }], 'A'));
  const changed = patchRow(found, { ...row('a', 9), title: 'New' });
  expect(rowAt(changed, 0)).toMatchObject({ title: 'New', snippet: '<mark>it</mark>' });
});

const head = (rows: Row[], total = 9): Head => ({ rows, total, endCursor: rows.at(-1)?.id ?? null });

test('to a reader at the top the head is shown as it is, and what is below is loaded again where it is another', () => {
  const same = showHead(three, head([{ ...row('a', 9), title: 'New' }, row('b', 8)]));
  expect(rowAt(same, 0)?.title).toBe('New');
  expect(ids(same)).toEqual(['a', 'b', 'c', 'd']);
  const other = showHead(three, head([row('n', 10), row('a', 9)]));
  expect(ids(other)).toEqual(['n', 'a']);
  expect(other).toMatchObject({ next: 'a', isComplete: false });
  expect(showHead(noPages, head([], 0))).toMatchObject({ next: null, isComplete: true });
});

test('to a reader further down nothing moves: what is new waits, and what is gone goes', () => {
  const added = refreshFromHead(three, head([row('n', 10), { ...row('a', 9), title: 'New' }]));
  expect(ids(added.pages)).toEqual(['a', 'b', 'c', 'd']);
  expect(rowAt(added.pages, 0)?.title).toBe('New');
  expect(added.waiting).toBe(1);
  const gone = refreshFromHead(three, head([row('b', 8), row('c', 7)], 3));
  expect(ids(gone.pages)).toEqual(['b', 'c', 'd']);
  expect(gone.waiting).toBe(0);
  // Moved up, it is shown where it stood.
  expect(ids(refreshFromHead(three, head([row('d', 11), row('a', 9)])).pages)).toEqual(['a', 'b', 'c', 'd']);
});

test('what the head tells of is what stands above its end; of equals, ids tell', () => {
  const two = head([row('c', 9), row('b', 8)]);
  expect([row('x', 9), row('c', 8), row('b', 8), row('a', 8), row('x', 7)].map((each) => isOfHead(two, each))).toEqual([
    ...[true, true, true, false, false],
  ]);
  expect(isOfHead(head([row('c', 9)], 1), row('x', 1))).toBe(true);
});

test('a head follows the patches that the server makes of any list that becomes another', () => {
  const pick = (count: number) => Math.floor(Math.random() * count);
  for (let round = 0; round < 300; round++) {
    const shuffled = () => [...'abcdefghij'].sort(() => Math.random() - 0.5).slice(0, pick(8));
    const [before, after] = [shuffled(), shuffled()];
    const { removed, placed } = patchOf(before, after);
    const updated = before.filter((id) => after.includes(id) && !placed.some((each) => each.id === id));
    const next = patchHead(head(before.map((id) => row(id, 1))), {
      removed,
      // As they come: those that are new, and then those that moved.
      placed: [...placed]
        .sort((a, b) => Number(b.isNew) - Number(a.isNew))
        .map(({ id, index }) => ({ index, row: row(id, 2) })),
      updated: updated.map((id) => row(id, 2)),
      total: 10,
      endCursor: null,
    });
    const shown = JSON.stringify({ before, after });
    expect(
      next.rows.map(({ id }) => id),
      shown,
    ).toEqual(after);
    expect(
      next.rows.every((each) => each.updatedAt === row('x', 2).updatedAt),
      shown,
    ).toBe(true);
  }
});

test('a deleted one is gone, and the places behind it move up', () => {
  const without = removeRow(three, 'b');
  expect(ids(without)).toEqual(['a', 'c', 'd']);
  expect(indexOf(without, 'd')).toBe(2);
  expect(hasRow(without, 'b')).toBe(false);
});
