import type { InboxRowFragment } from '../generated/documents.ts';

/** A conversation in the list; `snippet` is what a search found in it, as HTML of text and `<mark>`. */
export type Row = InboxRowFragment & { snippet?: string };

/** A page of the list. Far from what is on the screen its rows are let go, and only their number is kept. */
type Page = { readonly after: string | null; readonly rows: readonly Row[] | null; readonly count: number };

/**
 * A list of any length, of which only what is near the screen is held. Pages are in their order, without gaps; each
 * knows the cursor that it was asked for by, so that it can be asked for again.
 */
export type Pages = {
  readonly list: readonly Page[];
  /** The cursor to go on from; null for the first page. */
  readonly next: string | null;
  readonly isComplete: boolean;
};

export type Fetched = { rows: readonly Row[]; endCursor: string | null; hasMore: boolean };

export const noPages: Pages = { list: [], next: null, isComplete: false };

/** When something last happened in a conversation: what the list is sorted by. */
function activityOf(row: Row): string {
  return row.lastMessageAt ?? row.startedAt;
}

function withRows(page: Page, rows: readonly Row[]): Page {
  return { ...page, rows, count: rows.length };
}

/** The next page, at the end. What has moved meanwhile and is shown already is not shown twice. */
export function addPage(pages: Pages, fetched: Fetched): Pages {
  const rows = fetched.rows.filter((row) => !hasRow(pages, row.id));
  return {
    list: [...pages.list, { after: pages.next, rows, count: rows.length }],
    next: fetched.endCursor ?? pages.next,
    isComplete: !fetched.hasMore,
  };
}

/** The rows of a page that had let them go. */
export function fillPage(pages: Pages, index: number, fetched: Fetched): Pages {
  const others = { ...pages, list: pages.list.filter((_, each) => each !== index) };
  const rows = fetched.rows.filter((row) => !hasRow(others, row.id));
  return { ...pages, list: pages.list.map((page, each) => (each === index ? withRows(page, rows) : page)) };
}

/** Lets go of the rows of all pages but the list's head and those from `first` to `last`. */
export function keepOnly(pages: Pages, first: number, last: number): Pages {
  const isFar = (index: number) => index > 0 && (index < first || index > last);
  if (!pages.list.some((page, index) => isFar(index) && page.rows !== null)) return pages;
  return { ...pages, list: pages.list.map((page, index) => (isFar(index) ? { ...page, rows: null } : page)) };
}

export function countRows(pages: Pages): number {
  return pages.list.reduce((sum, page) => sum + page.count, 0);
}

/** The page that a row of the whole list is on; the last one for what is past the end. */
export function pageAt(pages: Pages, index: number): number {
  let passed = 0;
  for (const [each, page] of pages.list.entries()) {
    passed += page.count;
    if (index < passed) return each;
  }
  return Math.max(0, pages.list.length - 1);
}

/** Null where its page was let go of, or where there is none. */
export function rowAt(pages: Pages, index: number): Row | null {
  let passed = 0;
  for (const page of pages.list) {
    if (index < passed + page.count) return page.rows?.[index - passed] ?? null;
    passed += page.count;
  }
  return null;
}

/** The row's place in the whole list; -1 where it is not held. */
export function indexOf(pages: Pages, id: string): number {
  let passed = 0;
  for (const page of pages.list) {
    const found = page.rows?.findIndex((row) => row.id === id) ?? -1;
    if (found >= 0) return passed + found;
    passed += page.count;
  }
  return -1;
}

export function hasRow(pages: Pages, id: string): boolean {
  return pages.list.some((page) => page.rows?.some((row) => row.id === id) ?? false);
}

function mapRows(pages: Pages, change: (rows: readonly Row[]) => readonly Row[]): Pages {
  const list = pages.list.map((page) => {
    if (page.rows === null) return page;
    const rows = change(page.rows);
    return rows === page.rows ? page : withRows(page, rows);
  });
  return list.every((page, index) => page === pages.list[index]) ? pages : { ...pages, list };
}

export function removeRow(pages: Pages, id: string): Pages {
  return mapRows(pages, (rows) => (rows.some((row) => row.id === id) ? rows.filter((row) => row.id !== id) : rows));
}

/** Shows a row as it is now, where it stands. What the search found in it stays. */
export function patchRow(pages: Pages, row: Row): Pages {
  const isSame = (each: Row) => each.id === row.id;
  return mapRows(pages, (rows) =>
    rows.some(isSame)
      ? rows.map((each) =>
          isSame(each) ? { ...row, ...(each.snippet !== undefined && { snippet: each.snippet }) } : each,
        )
      : rows,
  );
}

/** The beginning of the list as it is now, whatever of it is shown. */
export type Head = {
  readonly rows: readonly Row[];
  /** Of the whole list. */
  readonly total: number;
  /** Where the list goes on below. */
  readonly endCursor: string | null;
};

type Placed = { index: number; row: Row };
/** How a head becomes the next one, as the graph tells it. */
export type HeadPatch = Omit<Head, 'rows'> & {
  removed: readonly string[];
  /** Those that are new in it and those that moved. */
  placed: readonly Placed[];
  updated: readonly Row[];
};

export function patchHead(head: Head, { removed, placed, updated, total, endCursor }: HeadPatch): Head {
  const taken = new Set([...removed, ...placed.map(({ row }) => row.id)]);
  const values = new Map(updated.map((row) => [row.id, row]));
  const rows = head.rows.filter((row) => !taken.has(row.id)).map((row) => values.get(row.id) ?? row);
  for (const { index, row } of [...placed].sort((a, b) => a.index - b.index)) rows.splice(index, 0, row);
  return { rows, total, endCursor };
}

/** Whether a row stands above the end of what the head holds: then the head tells of it. */
export function isOfHead(head: Head, row: Row): boolean {
  const last = head.rows.at(-1);
  if (last === undefined || head.rows.length >= head.total) return true;
  const [mine, its] = [activityOf(row), activityOf(last)];
  return mine > its || (mine === its && row.id >= last.id);
}

/** The list from its beginning, as it is now. What was loaded below is loaded again where the beginning is another. */
export function showHead(pages: Pages, head: Head): Pages {
  const [first, ...rest] = pages.list;
  const isSame =
    first !== undefined &&
    first.count === head.rows.length &&
    head.rows.every((row, index) => first.rows?.[index]?.id === row.id);
  const shown: Page = { after: null, rows: head.rows, count: head.rows.length };
  if (isSame) return { ...pages, list: [shown, ...rest] };
  return { list: [shown], next: head.endCursor, isComplete: head.rows.length >= head.total };
}

/**
 * For a reader who is further down: rows as they are now, each where it stood, and none that is gone.
 * @returns also how many there are above that are not shown
 */
export function refreshFromHead(pages: Pages, head: Head): { pages: Pages; waiting: number } {
  const current = new Set(head.rows.map(({ id }) => id));
  const patched = head.rows.reduce(patchRow, pages);
  const [first] = patched.list;
  const gone = first?.rows?.filter((row) => !current.has(row.id) && isOfHead(head, row)) ?? [];
  return {
    pages: gone.reduce((now, { id }) => removeRow(now, id), patched),
    waiting: first?.rows == null ? 0 : head.rows.filter(({ id }) => !hasRow(patched, id)).length,
  };
}

/**
 * Puts a row where it belongs by its activity. One that belongs past what is held is left out: it comes when it is
 * scrolled to.
 */
export function placeRow(pages: Pages, row: Row): Pages {
  const without = removeRow(pages, row.id);
  for (const [index, page] of without.list.entries()) {
    if (page.rows === null) break;
    const at = page.rows.findIndex((each) => activityOf(each) <= activityOf(row));
    const isEnd = at < 0 && index === without.list.length - 1 && without.isComplete;
    if (at < 0 && !isEnd) continue;
    const rows = [...page.rows];
    rows.splice(isEnd ? rows.length : at, 0, row);
    return { ...without, list: without.list.map((each, place) => (place === index ? withRows(each, rows) : each)) };
  }
  if (without.list.length === 0 && without.isComplete) {
    return { ...without, list: [{ after: null, rows: [row], count: 1 }] };
  }
  return without;
}
