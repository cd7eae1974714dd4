import { type RefObject, useEffect } from 'react';
import { useData } from '../client/client.ts';
import { type ConversationFilter, InboxChangesDocument, InboxSummariesDocument } from '../generated/documents.ts';
import { type Head, hasRow, isOfHead, type Pages, patchRow, placeRow, type Row, removeRow } from './pages.ts';

/** Changes that come within this are shown at once: a sync brings hundreds. */
const gatherMs = 120;

/** What is told of a conversation; null: that something is no longer told. */
type Change = { id: string; row: Row | null; isWanted: boolean } | null;

type Options = {
  /** Whether there is more than the live head tells of. */
  isNeeded: boolean;
  query: string;
  filter: ConversationFilter | null;
  head: RefObject<Head | null>;
  setPages(change: (pages: Pages) => Pages): void;
  reload(): void;
};

/** A change in the list below its head; of what a search found, only what stands in it changes. */
function applied(pages: Pages, { id, row, isWanted }: NonNullable<Change>, head: Head | null): Pages {
  if (row === null) return removeRow(pages, id);
  if (hasRow(pages, id)) return patchRow(pages, row);
  return isWanted && head !== null && !isOfHead(head, row) ? placeRow(pages, row) : pages;
}

/** Keeps up to date what lies below the head of a list, and what a search found. */
export function useChanges({ isNeeded, query, filter, head, setPages, reload }: Options): void {
  const { lists } = useData();
  useEffect(() => {
    if (!isNeeded) return;
    let gathered: Change[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const apply = () => {
      const changes = gathered;
      gathered = [];
      timer = undefined;
      if (changes.includes(null)) reload();
      else {
        const told = changes.filter((each) => each !== null);
        setPages((pages) => told.reduce((now, change) => applied(now, change, head.current), pages));
      }
    };
    const gather = (change: Change) => {
      gathered.push(change);
      timer ??= setTimeout(apply, gatherMs);
    };
    const watch = (variables: { filter?: ConversationFilter }, isWanted: boolean) =>
      lists.subscription(InboxChangesDocument, variables).subscribe(({ data }) => {
        const event = data?.conversationChanged;
        if (event?.__typename === 'StreamGap') gather(null);
        else if (event !== undefined) gather({ id: event.conversationId, row: event.conversation, isWanted });
      });
    // All changes, since one that no longer fits the filter is told of by no filtered subscription.
    const subscriptions = [watch({}, query === '' && filter === null)];
    if (query === '' && filter !== null) subscriptions.push(watch({ filter }, true));
    // A summary that is begun is no change of its conversation.
    const summaries = lists.subscription(InboxSummariesDocument, {}).subscribe(({ data }) => {
      const event = data?.summaryStatusChanged;
      if (event?.__typename !== 'SummaryStatusChange') return;
      gather({ id: event.conversation.id, row: event.conversation, isWanted: false });
    });
    return () => {
      for (const each of [...subscriptions, summaries]) each.unsubscribe();
      clearTimeout(timer);
    };
  }, [isNeeded, lists, query, filter, head, setPages, reload]);
}
