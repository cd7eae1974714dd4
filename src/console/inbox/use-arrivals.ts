import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';
import { useData } from '../client/client.ts';
import {
  type ConversationFilter,
  InboxChangesDocument,
  type InboxChangesSubscription,
} from '../generated/documents.ts';
import { hasMoved, hasRow, isNewest, type Pages, patchRow, placeRow, type Row, removeRow } from './pages.ts';

/** Changes that come within this are shown at once: a sync brings hundreds. */
const gatherMs = 120;

type ConversationEvent = InboxChangesSubscription['conversationChanged'];

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
  const gathered = useRef<{ event: ConversationEvent; isWanted: boolean }[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const apply = useCallback(() => {
    timer.current = undefined;
    const events = gathered.current.splice(0);
    setChanges((now) => now + events.length);
    if (events.some(({ event }) => event.__typename === 'StreamGap')) {
      reload();
      return;
    }
    const held = new Map<string, Row>();
    const gone = new Set<string>();
    const steps: ((now: Pages) => Pages)[] = [];
    for (const { event, isWanted } of events) {
      if (event.__typename !== 'ConversationChange') continue;
      const row = event.conversation;
      if (row === null) {
        gone.add(event.conversationId);
        steps.push((now) => removeRow(now, event.conversationId));
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
    (event: ConversationEvent | undefined, isWanted: boolean) => {
      if (event === undefined) return;
      gathered.current.push({ event, isWanted });
      timer.current ??= setTimeout(apply, gatherMs);
    },
    [apply],
  );

  // All changes, since one that no longer fits the filter is told of by no filtered subscription.
  useEffect(() => {
    const isWanted = query === '' && filter === null;
    const all = lists
      .subscription(InboxChangesDocument, {})
      .subscribe(({ data }) => gather(data?.conversationChanged, isWanted));
    const fitting =
      query === '' && filter !== null
        ? lists
            .subscription(InboxChangesDocument, { filter })
            .subscribe(({ data }) => gather(data?.conversationChanged, true))
        : null;
    return () => {
      all.unsubscribe();
      fitting?.unsubscribe();
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
