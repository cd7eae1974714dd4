import { useState } from 'react';
import { ChevronLeft, ChevronRight } from '../generated/icons.tsx';

type PageInfo = { hasNextPage: boolean; endCursor: string | null };

export type Paging = {
  /** Of the page that is shown; null: the first one. */
  after: string | null;
  isFirst: boolean;
  older(endCursor: string): void;
  newer(): void;
  toFirst(): void;
};

/** Where one is in a list of any length, of which a page is shown at a time. */
export function usePaging(): Paging {
  const [cursors, setCursors] = useState<readonly string[]>([]);
  return {
    after: cursors.at(-1) ?? null,
    isFirst: cursors.length === 0,
    older: (endCursor) => setCursors([...cursors, endCursor]),
    newer: () => setCursors(cursors.slice(0, -1)),
    toFirst: () => setCursors([]),
  };
}

/** The ways to the pages beside the one that is shown; nothing where it is all there is. */
export function Pager({ paging, pageInfo }: { paging: Paging; pageInfo: PageInfo | undefined }) {
  const { isFirst } = paging;
  const endCursor = pageInfo?.hasNextPage === true ? pageInfo.endCursor : null;
  if (isFirst && endCursor === null) return null;
  // Not `disabled`: the focus would be lost at the list's ends.
  return (
    <nav className="row pager" aria-label="Pages of the list">
      <button type="button" className="button" aria-disabled={isFirst} onClick={() => !isFirst && paging.newer()}>
        <ChevronLeft size={15} aria-hidden /> Newer
      </button>
      <button
        type="button"
        className="button"
        aria-disabled={endCursor === null}
        onClick={() => endCursor !== null && paging.older(endCursor)}
      >
        Older <ChevronRight size={15} aria-hidden />
      </button>
    </nav>
  );
}
