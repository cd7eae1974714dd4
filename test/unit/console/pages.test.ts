import { expect, test } from 'vitest';
import {
  addPage,
  countRows,
  type Fetched,
  fillPage,
  hasMoved,
  hasRow,
  indexOf,
  isNewest,
  keepOnly,
  noPages,
  type Pages,
  pageAt,
  patchRow,
  placeRow,
  type Row,
  removeRow,
  rowAt,
} from '../../../src/console/inbox/pages.ts';

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
  const far = keepOnly(three, 1, 1);
  expect(ids(far)).toEqual([null, null, 'c', 'd']);
  expect(pageAt(far, 1)).toBe(0);
  expect(pageAt(far, 2)).toBe(1);
  expect(pageAt(far, 99)).toBe(1);
  expect(ids(fillPage(far, 0, page([row('x', 10), row('a', 9)], 'A')))).toEqual(['x', 'a', 'c', 'd']);
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

test('it is known whether a conversation moved, and whether one is the newest', () => {
  expect(hasMoved(three, row('c', 7))).toBe(false);
  expect(hasMoved(three, row('c', 11))).toBe(true);
  expect(isNewest(three, row('n', 11))).toBe(true);
  expect(isNewest(three, row('n', 3))).toBe(false);
  expect(ids(placeRow(three, row('c', 11)))).toEqual(['c', 'a', 'b', 'd']);
});

test('a deleted one is gone, and the places behind it move up', () => {
  const without = removeRow(three, 'b');
  expect(ids(without)).toEqual(['a', 'c', 'd']);
  expect(indexOf(without, 'd')).toBe(2);
  expect(hasRow(without, 'b')).toBe(false);
});
