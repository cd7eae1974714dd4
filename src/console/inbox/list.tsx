import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, type RefObject, useEffect, useRef } from 'react';
import { Link } from 'wouter';
import { sourceNames } from '../client/names.ts';
import { ArrowUp } from '../generated/icons.tsx';
import { useShortcut } from '../shell/shortcuts.ts';
import { ProviderBadge, SentimentBadge, StatusBadge } from '../ui/parts.tsx';
import { Snippet } from '../ui/snippet.tsx';
import { Time } from '../ui/time.tsx';
import { countRows, indexOf, type Row, rowAt } from './pages.ts';
import type { Inbox } from './use-inbox.ts';

/** Of every row, in pixels: the styles hold it. */
const rowHeight = 108;
const rowsAround = 8;

function RowSkeleton() {
  return (
    <div className="inbox-row" aria-hidden>
      <span className="skeleton" style={{ width: '62%' }} />
      <span className="skeleton" style={{ width: '94%' }} />
      <span className="skeleton" style={{ width: '38%' }} />
    </div>
  );
}

const InboxRow = memo(function InboxRow({ row, isOpen, search }: { row: Row; isOpen: boolean; search: string }) {
  const { summary } = row;
  return (
    <Link
      href={`/conversations/${row.id}${search}`}
      className="inbox-row"
      aria-current={isOpen ? 'true' : undefined}
      data-id={row.id}
    >
      <span className="top">
        <span className="title clip">{row.title}</span>
        <Time at={row.lastMessageAt ?? row.startedAt} />
      </span>
      <span className="words">
        {row.snippet !== undefined ? <Snippet html={row.snippet} /> : (summary?.content ?? row.preview)}
      </span>
      <span className="facts">
        <ProviderBadge provider={row.provider} />
        {row.source !== null && <span className="fact">{sourceNames[row.source]}</span>}
        {row.segment !== null && <span className="fact">{row.segment}</span>}
        <StatusBadge status={row.status} />
        {summary?.sentiment && summary.sentiment !== 'NEUTRAL' && <SentimentBadge sentiment={summary.sentiment} />}
        {summary?.topics.slice(0, 2).map((topic) => (
          <span key={topic} className="badge">
            {topic}
          </span>
        ))}
      </span>
    </Link>
  );
});

/** Moves through the rows by keys: the row that has the focus is the place. */
function useRowKeys(
  list: RefObject<HTMLElement | null>,
  openId: string | null,
  scrollTo: (index: number) => void,
  inbox: Inbox,
) {
  const move = (by: number) => {
    const focused = document.activeElement?.closest<HTMLElement>('[data-id]')?.dataset['id'] ?? openId;
    const at = focused === null || focused === undefined ? -1 : indexOf(inbox.pages, focused);
    const next = Math.max(0, Math.min(countRows(inbox.pages) - 1, at + by));
    const row = rowAt(inbox.pages, next);
    if (row === null) return;
    scrollTo(next);
    requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-id="${row.id}"]`)?.focus());
  };
  useShortcut('j', () => move(1));
  useShortcut('k', () => move(-1));
}

type ListProps = { inbox: Inbox; openId: string | null; search: string };

/** The rows that are on the screen, of a list of any length. */
export function InboxList({ inbox, openId, search }: ListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const { pages, ensure, setIsAtTop } = inbox;
  const known = countRows(pages);
  const count = known + (pages.isComplete ? 0 : 3);
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: rowsAround,
    getItemKey: (index) => rowAt(pages, index)?.id ?? index,
  });
  const items = virtualizer.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;

  // Another state of the pages may lack what this one had
  useEffect(() => ensure(first, last), [ensure, first, last, pages]);
  useRowKeys(scroller, openId, (index) => virtualizer.scrollToIndex(index), inbox);

  const toTop = () => {
    inbox.showWaiting();
    scroller.current?.scrollTo({ top: 0 });
  };
  return (
    <div className="inbox-list-frame">
      {inbox.waiting > 0 && (
        <button type="button" className="button primary inbox-waiting" onClick={toTop}>
          <ArrowUp size={15} aria-hidden />
          {inbox.waiting === 1 ? '1 new conversation' : `${inbox.waiting} new conversations`}
        </button>
      )}
      <section
        className="inbox-scroller"
        ref={scroller}
        aria-label="Conversations"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
        tabIndex={0}
        onScroll={(event) => {
          setIsAtTop(event.currentTarget.scrollTop < rowHeight / 2);
        }}
      >
        <ul className="inbox-list" style={{ height: virtualizer.getTotalSize() }}>
          {items.map((item) => {
            const row = rowAt(pages, item.index);
            return (
              <li
                key={item.key}
                style={{ transform: `translateY(${item.start}px)` }}
                aria-setsize={pages.isComplete ? known : -1}
                aria-posinset={item.index + 1}
              >
                {row === null ? <RowSkeleton /> : <InboxRow row={row} isOpen={row.id === openId} search={search} />}
              </li>
            );
          })}
        </ul>
      </section>
    </div>
  );
}

export function InboxListSkeleton() {
  return (
    <div aria-busy="true">
      <span className="hidden-visually">Loading conversations</span>
      {[0, 1, 2, 3, 4, 5].map((each) => (
        <RowSkeleton key={each} />
      ))}
    </div>
  );
}
