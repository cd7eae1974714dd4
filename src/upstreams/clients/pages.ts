import { isRecord } from '../../lib/json.ts';
import { fingerprintOf } from './records.ts';

/** Following a list from page to page. */

/** What an API with page numbers told of a page. */
type NumberedPage = {
  /** From 1. */
  number: number;
  items: readonly unknown[];
  /** Asked for. */
  size: number;
  /** As told; null where it is not. */
  toldSize: number | null;
  total: number | null;
  /** The address of the next page; null where the list says that there is none, undefined where it says nothing. */
  nextLink?: unknown;
};

/**
 * The number of the next page as a position; null where this is the last one. A total is often capped, late or wrong,
 * so that none ends a list: an empty or a short page does, or the list's own links. A page that is short is not the
 * last where the total says that more should have come: the API may give out smaller pages than it is asked for.
 */
export function nextPage({ number, items, size, toldSize, total, nextLink }: NumberedPage): string | null {
  if (items.length === 0 || nextLink === null) return null;
  // Where it does not tell how large its pages are, this one says so.
  const shown = (number - 1) * (toldSize ?? items.length) + items.length;
  const isShort = items.length < Math.min(size, toldSize ?? size);
  return isShort && (total === null || shown >= total) ? null : String(number + 1);
}

/** The page that a position stands for. */
export function pageNumberOf(position: string | null): number {
  return position === null ? 1 : Number(position);
}

/** What tells a page from others: its conversations' ids, in whichever order, or all that it says of those without. */
export function pageMark(items: readonly unknown[]): string {
  const marks = items.map((item) => (isRecord(item) && item['id'] != null ? String(item['id']) : fingerprintOf(item)));
  return fingerprintOf(marks.sort());
}
