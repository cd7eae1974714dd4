import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { useData } from '../client/client.ts';
import { type ConversationFilter, InboxHeadDocument } from '../generated/documents.ts';
import { type Head, noPages, type Pages, patchHead, refreshFromHead, showHead } from './pages.ts';

/** As long as a page: what follows is asked for by the cursor that it ends with. */
export const headSize = 50;

function without(head: Head, ids: ReadonlySet<string>): Head {
  const rows = head.rows.filter(({ id }) => !ids.has(id));
  return { ...head, rows, total: head.total - (head.rows.length - rows.length) };
}

type Options = {
  /** What is looked for by words is no live list. */
  isSearch: boolean;
  filter: ConversationFilter | null;
  pages: RefObject<Pages>;
  setPages(change: (pages: Pages) => Pages): void;
};

/**
 * Keeps the beginning of the list as it is. To a reader at its top it is shown at once; to one who is further down nothing
 * jumps under the eyes: what came above waits.
 */
export function useHead({ isSearch, filter, pages, setPages }: Options) {
  const { lists } = useData();
  const head = useRef<Head | null>(null);
  /** What is about to be deleted: it is in the list until then, and not shown. */
  const hidden = useRef<ReadonlySet<string>>(new Set());
  const isAtTop = useRef(true);
  const [waiting, setWaiting] = useState(0);
  const [total, setTotal] = useState<number | null>(null);

  const show = useCallback(() => {
    const now = head.current;
    setWaiting(0);
    if (now !== null) setPages((shown) => showHead(shown, without(now, hidden.current)));
  }, [setPages]);

  useEffect(() => {
    head.current = null;
    isAtTop.current = true;
    setWaiting(0);
    setTotal(null);
    if (isSearch) return;
    const take = (next: Head) => {
      head.current = next;
      setTotal(next.total);
      if (isAtTop.current) {
        show();
        return;
      }
      const visible = without(next, hidden.current);
      setWaiting(refreshFromHead(pages.current, visible).waiting);
      setPages((shown) => refreshFromHead(shown, visible).pages);
    };
    const subscription = lists.subscription(InboxHeadDocument, { filter, first: headSize }).subscribe(({ data }) => {
      const event = data?.conversationsLive;
      if (event === undefined) return;
      const { totalCount, endCursor } = event;
      if (event.__typename === 'ConversationList') take({ rows: event.nodes, total: totalCount, endCursor });
      else if (head.current !== null) {
        const placed = [...event.inserted, ...event.moved].map(({ index, conversation }) => ({
          index,
          row: conversation,
        }));
        const { removed, updated } = event;
        take(patchHead(head.current, { removed, placed, updated, total: totalCount, endCursor }));
      }
    });
    return () => subscription.unsubscribe();
  }, [lists, isSearch, filter, pages, setPages, show]);

  /** Told by the list: whether its first row is on the screen. */
  const setIsAtTop = useCallback(
    (next: boolean) => {
      if (next && !isAtTop.current) show();
      isAtTop.current = next;
    },
    [show],
  );
  const hide = useCallback((id: string) => {
    hidden.current = new Set([...hidden.current, id]);
  }, []);
  /** The list's beginning is told by the head where that is there already, and by `otherwise` where it is not. */
  const begin = useCallback((otherwise: () => Pages) => {
    hidden.current = new Set();
    return head.current === null ? otherwise() : showHead(noPages, head.current);
  }, []);
  return { head, hide, begin, told: { total, waiting, showWaiting: show, setIsAtTop } };
}
