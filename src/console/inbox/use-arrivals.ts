import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { useData } from '../client/client.ts';
import { type ConversationFilter, InboxChangesDocument, InboxSummariesDocument } from '../generated/documents.ts';
import { hasMoved, hasRow, isNewest, type Pages, patchRow, placeRow, type Row, removeRow } from './pages.ts';

/** Changes that come within this are shown at once: a sync brings hundreds. */
const gatherMs = 120;

/** What is told of a conversation; null: that something is no longer told. */
type Change = { id: string; row: Row | null; isWanted: boolean } | null;

export type Arrivals = {
  /** How many came above what is on the screen, and wait so that nothing jumps under the reader's eyes. */
  waiting: number;
  showWaiting(): void;
  /** Told by the list: whether its first row is on the screen. */
  setIsAtTop(isAtTop: boolean): void;
  /** Grows with each change of any conversation. */
  changes: number;
};

type Options = {
  query: string;
  filter: ConversationFilter | null;
  pages: RefObject<Pages>;
  setPages(change: (pages: Pages) => Pages): void;
  reload(): void;
};

/** Keeps a list up to date. What a search found is kept as it was found; only what stands in it changes. */
export function useArrivals({ query, filter, pages, setPages, reload }: Options): Arrivals {
  const { lists } = useData();
  const [waiting, setWaiting] = useState<ReadonlyMap<string, Row>>(new Map());
  const [changes, setChanges] = useState(0);
  const isAtTop = useRef(true);
  const gathered = useRef<Change[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const apply = useCallback(() => {
    timer.current = undefined;
    const events = gathered.current.splice(0);
    setChanges((now) => now + events.length);
    if (events.includes(null)) {
      reload();
      return;
    }
    const held = new Map<string, Row>();
    const gone = new Set<string>();
    const steps: ((now: Pages) => Pages)[] = [];
    for (const { id, row, isWanted } of events.filter((each) => each !== null)) {
      if (row === null) {
        gone.add(id);
        steps.push((now) => removeRow(now, id));
      } else if (hasRow(pages.current, row.id)) {
        const moves = query === '' && isAtTop.current;
        steps.push((now) => (moves && hasMoved(now, row) ? placeRow(now, row) : patchRow(now, row)));
      } else if (isWanted) {
        if (!isAtTop.current && isNewest(pages.current, row)) held.set(row.id, row);
        else steps.push((now) => placeRow(now, row));
      }
    }
    setPages((now) => steps.reduce((each, step) => step(each), now));
    if (held.size > 0 || gone.size > 0) {
      setWaiting((now) => new Map([...now, ...held].filter(([id]) => !gone.has(id))));
    }
  }, [pages, query, setPages, reload]);

  const gather = useCallback(
    (change: Change) => {
      gathered.current.push(change);
      timer.current ??= setTimeout(apply, gatherMs);
    },
    [apply],
  );

  useEffect(() => {
    const isEverything = query === '' && filter === null;
    const watch = (variables: { filter?: ConversationFilter }, isWanted: boolean) =>
      lists.subscription(InboxChangesDocument, variables).subscribe(({ data }) => {
        const event = data?.conversationChanged;
        if (event?.__typename === 'StreamGap') gather(null);
        else if (event !== undefined) gather({ id: event.conversationId, row: event.conversation, isWanted });
      });
    // All changes, since one that no longer fits the filter is told of by no filtered subscription.
    const subscriptions = [watch({}, isEverything)];
    if (query === '' && filter !== null) subscriptions.push(watch({ filter }, true));
    // A summary that is begun is no change of its conversation.
    const summaries = lists.subscription(InboxSummariesDocument, {}).subscribe(({ data }) => {
      const event = data?.summaryStatusChanged;
      if (event?.__typename !== 'SummaryStatusChange') return;
      gather({ id: event.conversation.id, row: event.conversation, isWanted: false });
    });
    return () => {
      for (const each of [...subscriptions, summaries]) each.unsubscribe();
      clearTimeout(timer.current);
      timer.current = undefined;
      gathered.current = [];
    };
  }, [lists, query, filter, gather]);

  // What waited for another list is not this one's
  useEffect(() => setWaiting(new Map()), [query, filter]);

  const showWaiting = useCallback(() => {
    setPages((now) => [...waiting.values()].reduce(placeRow, now));
    setWaiting(new Map());
  }, [setPages, waiting]);

  return {
    waiting: waiting.size,
    showWaiting,
    setIsAtTop: useCallback((next: boolean) => {
      isAtTop.current = next;
    }, []),
    changes,
  };
}
