import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useData } from '../client/client.ts';
import { explainError } from '../client/words.ts';
import { type ConversationFilter, InboxPageDocument, InboxSearchDocument } from '../generated/documents.ts';
import {
  addPage,
  countRows,
  type Fetched,
  fillPage,
  keepOnly,
  noPages,
  type Pages,
  pageAt,
  removeRow,
} from './pages.ts';
import { useChanges } from './use-changes.ts';
import { headSize, useHead } from './use-head.ts';

const pageSize = headSize;
/** Pages held on each side of those on the screen. */
const pagesAround = 2;

export type Inbox = {
  pages: Pages;
  /** How many there are in all; null while that is not known, and of what is searched for. */
  total: number | null;
  /** How many came above what is on the screen, and wait so that nothing jumps under the reader's eyes. */
  waiting: number;
  showWaiting(): void;
  /** Told by the list: whether its first row is on the screen. */
  setIsAtTop(isAtTop: boolean): void;
  /** Nothing of it is there yet. */
  isLoading: boolean;
  problem: string | null;
  /** Has the rows of a stretch of the list there; more than there are asks for the next page. */
  ensure(first: number, last: number): void;
  reload(): void;
  remove(id: string): void;
};

/** The list that the filter and the query ask for, a part of it at a time, kept up to date. */
export function useInbox(query: string, filter: ConversationFilter | null): Inbox {
  const { lists, connection } = useData();
  const [pages, setPages] = useState<Pages>(noPages);
  const [problem, setProblem] = useState<string | null>(null);
  const [generation, setGeneration] = useState(0);
  const latest = useRef(pages);
  latest.current = pages;
  const loading = useRef(new Set<string>());
  const asked = useMemo(() => JSON.stringify([query, filter, generation]), [query, filter, generation]);
  const current = useRef(asked);
  current.current = asked;

  const fetchPage = useCallback(
    async (after: string | null): Promise<Fetched> => {
      if (query !== '') {
        const result = await lists.query(InboxSearchDocument, { query, filter, first: pageSize, after }).toPromise();
        if (result.data === undefined || result.error) throw new Error(result.error && explainError(result.error));
        const { edges, pageInfo } = result.data.searchConversations;
        const rows = edges.map(({ node, snippet }) => ({ ...node, snippet }));
        return { rows, endCursor: pageInfo.endCursor, hasMore: pageInfo.hasNextPage };
      }
      const result = await lists.query(InboxPageDocument, { filter, first: pageSize, after }).toPromise();
      if (result.data === undefined || result.error) throw new Error(result.error && explainError(result.error));
      const { nodes, pageInfo } = result.data.conversations;
      return { rows: nodes, endCursor: pageInfo.endCursor, hasMore: pageInfo.hasNextPage };
    },
    [lists, query, filter],
  );

  /** Runs one fetch of a name at a time, and forgets its answer where something else is asked for by then. */
  const load = useCallback(
    async (name: string, after: string | null, take: (pages: Pages, fetched: Fetched) => Pages) => {
      const mine = `${asked}/${name}`;
      if (loading.current.has(mine)) return;
      loading.current.add(mine);
      try {
        const fetched = await fetchPage(after);
        if (current.current !== asked) return;
        setPages((now) => take(now, fetched));
        setProblem(null);
      } catch (err) {
        if (current.current === asked) setProblem(err instanceof Error ? err.message : String(err));
      } finally {
        loading.current.delete(mine);
      }
    },
    [asked, fetchPage],
  );

  const isSearch = query !== '';
  const { head, hide, begin, told } = useHead({ isSearch, filter, pages: latest, setPages });
  // What was shown stays until the first page of what is asked for now is there. It is asked for beside the live list,
  // which needs a socket: what comes first is shown.
  useEffect(() => {
    void load('first', null, (_, fetched) => begin(() => addPage(noPages, fetched)));
  }, [load, begin]);

  const reload = useCallback(() => setGeneration((now) => now + 1), []);
  const hasFailed = problem !== null;
  // A list is told anew by itself.
  useEffect(
    () => (query === '' && !hasFailed ? undefined : connection.onBack(reload)),
    [connection, reload, query, hasFailed],
  );

  const ensure = useCallback(
    (first: number, last: number) => {
      const now = latest.current;
      if (now.list.length === 0) return;
      const from = pageAt(now, first);
      const to = pageAt(now, last);
      for (let index = from; index <= to; index++) {
        const page = now.list[index];
        if (page === undefined || page.rows !== null) continue;
        void load(`page ${index}`, page.after, (each, fetched) => fillPage(each, index, fetched));
      }
      if (last >= countRows(now) - pageSize / 2 && !now.isComplete) {
        void load(`after ${now.next}`, now.next, (each, fetched) =>
          each.next === now.next ? addPage(each, fetched) : each,
        );
      }
      const kept = keepOnly(now, from - pagesAround, to + pagesAround);
      if (kept !== now) setPages((each) => keepOnly(each, from - pagesAround, to + pagesAround));
    },
    [load],
  );

  useChanges({ isNeeded: isSearch || pages.list.length > 1, query, filter, head, setPages, reload });
  return {
    ...told,
    pages,
    isLoading: pages.list.length === 0 && problem === null,
    problem,
    ensure,
    reload,
    remove: useCallback(
      (id: string) => {
        hide(id);
        setPages((now) => removeRow(now, id));
      },
      [hide],
    ),
  };
}
