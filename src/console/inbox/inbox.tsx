import '../styles/inbox.css';
import { lazy, Suspense, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { apiNames, formatCount, formatNumber } from '../client/names.ts';
import { Download, Inbox as InboxIcon, MessageSquareText, Plus, Search, SearchX } from '../generated/icons.tsx';
import { PageSkeleton } from '../shell/pages.tsx';
import { useShortcut } from '../shell/shortcuts.ts';
import { Empty, Trouble } from '../ui/parts.tsx';
import { emptyFilter, type InboxFilter, nameOf, readFilter, toGraphFilter, toggle, writeFilter } from './filter.ts';
import { InboxList, InboxListSkeleton } from './list.tsx';
import { countRows } from './pages.ts';
import { type Found, useChoices } from './use-choices.ts';
import { useInbox } from './use-inbox.ts';

const Conversation = lazy(() =>
  import('../conversation/conversation.tsx').then((each) => ({ default: each.ConversationView })),
);
const FilterChips = lazy(() => import('./chips.tsx').then((each) => ({ default: each.FilterChips })));
const NewConversation = lazy(() =>
  import('./new-conversation.tsx').then((each) => ({ default: each.NewConversation })),
);

/** After the last letter typed. */
const typingPauseMs = 140;

function SearchField({ query, onChange }: { query: string; onChange(query: string): void }) {
  const [typed, setTyped] = useState(query);
  const input = useRef<HTMLInputElement>(null);
  const told = useRef(query);
  useEffect(() => {
    if (query !== told.current) setTyped(query);
    told.current = query;
  }, [query]);
  useEffect(() => {
    const next = typed.trim();
    if (next === told.current) return;
    const timer = setTimeout(() => {
      told.current = next;
      onChange(next);
    }, typingPauseMs);
    return () => clearTimeout(timer);
  }, [typed, onChange]);
  useShortcut('/', () => input.current?.focus());
  return (
    <div className="search">
      <Search size={16} aria-hidden />
      <input
        ref={input}
        type="search"
        className="input"
        aria-label="Search conversations"
        placeholder="Search titles, messages, summaries"
        maxLength={500}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') event.currentTarget.blur();
        }}
      />
      <kbd aria-hidden>/</kbd>
    </div>
  );
}

function FoundLine({
  found,
  filter,
  onChange,
}: {
  found: Found;
  filter: InboxFilter;
  onChange(next: InboxFilter): void;
}) {
  return (
    <div className="found">
      <span className="muted small tabular">
        {formatCount(found.total, 'result')} in {Math.max(1, Math.round(found.tookMs))} ms
      </span>
      {found.suggestions.map(({ key, value, count }) => (
        <button
          key={`${key} ${value}`}
          type="button"
          className="badge facet"
          onClick={() => onChange(toggle(filter, key, value))}
        >
          {nameOf(key, value)} <span className="tabular">{formatNumber(count)}</span>
        </button>
      ))}
    </div>
  );
}

function Nothing({ isNarrowed, onClear, onNew }: { isNarrowed: boolean; onClear(): void; onNew(): void }) {
  if (isNarrowed) {
    const clear = (
      <button type="button" className="button" onClick={onClear}>
        Show all
      </button>
    );
    return (
      <Empty icon={SearchX} title="Nothing fits" action={clear}>
        Try fewer filters, or other words. “Quoted words” are looked for as they stand, and -words are left out.
      </Empty>
    );
  }
  const actions = (
    <div className="row">
      <Link className="button primary" href="/upstreams">
        Connect an account
      </Link>
      <Link className="button" href="/imports">
        Import a file
      </Link>
      <button type="button" className="button" onClick={onNew}>
        Write one
      </button>
    </div>
  );
  return (
    <Empty icon={InboxIcon} title="No conversations yet" action={actions}>
      Connect an account of {apiNames('or')}, and its conversations come in here, with their summaries.
    </Empty>
  );
}

/** What gives the focus, once a row is gone, to the one beside it; to the list where there is none. */
function focusAfter(id: string): () => void {
  const item = document.querySelector(`[data-id="${CSS.escape(id)}"]`)?.closest('li');
  const beside = [item?.nextElementSibling, item?.previousElementSibling]
    .map((each) => each?.querySelector<HTMLElement>('[data-id]')?.dataset['id'])
    .find((each) => each !== undefined);
  return () => {
    const row = beside && document.querySelector<HTMLElement>(`[data-id="${CSS.escape(beside)}"]`);
    (row || document.querySelector<HTMLElement>('.inbox-scroller'))?.focus();
  };
}

/** All conversations in one list, and beside it the one that is read. */
export function Inbox({ openId }: { openId: string | null }) {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const filter = useMemo(() => readFilter(search), [search]);
  const graphFilter = useMemo(() => toGraphFilter(filter), [filter]);
  const inbox = useInbox(filter.query, graphFilter);
  const { choices, found, want } = useChoices(filter.query, graphFilter);
  const [isWriting, setIsWriting] = useState(false);
  const latest = useRef({ filter, path });
  latest.current = { filter, path };

  const change = useCallback(
    (next: InboxFilter) => navigate(`${latest.current.path}${writeFilter(next)}`, { replace: true }),
    [navigate],
  );
  const changeQuery = useCallback((query: string) => change({ ...latest.current.filter, query }), [change]);
  const kept = writeFilter(filter);
  const isNarrowed = kept !== '';
  const close = useCallback(() => navigate(`/${writeFilter(latest.current.filter)}`), [navigate]);
  const remove = (id: string) => {
    const focusBeside = focusAfter(id);
    inbox.remove(id);
    requestAnimationFrame(focusBeside);
  };
  useShortcut('n', () => setIsWriting(true));

  return (
    <div className={`inbox ${openId === null ? '' : 'is-reading'}`}>
      <div className="inbox-side">
        <header className="inbox-head">
          <div className="spread">
            <h1>
              Inbox {inbox.total !== null && <span className="muted count tabular">{formatNumber(inbox.total)}</span>}
            </h1>
            <div className="row">
              <Link className="button quiet icon" href={`/exports${kept || '?all'}`} aria-label="Export these">
                <Download size={16} aria-hidden />
              </Link>
              <button type="button" className="button" onClick={() => setIsWriting(true)}>
                <Plus size={16} aria-hidden /> New
              </button>
            </div>
          </div>
          <SearchField query={filter.query} onChange={changeQuery} />
          <Suspense fallback={<div className="chips-room" />}>
            <FilterChips filter={filter} choices={choices} onChange={change} onOpen={want} />
          </Suspense>
          {found !== null && <FoundLine found={found} filter={filter} onChange={change} />}
        </header>
        <p className="hidden-visually" role="status">
          {found !== null ? formatCount(found.total, 'result') : ''}
        </p>
        {inbox.problem !== null && (
          <div className="inbox-trouble">
            <Trouble message={inbox.problem} onRetry={inbox.reload} />
          </div>
        )}
        {inbox.isLoading ? (
          <InboxListSkeleton />
        ) : inbox.pages.isComplete && countRows(inbox.pages) === 0 ? (
          <Nothing isNarrowed={isNarrowed} onClear={() => change(emptyFilter)} onNew={() => setIsWriting(true)} />
        ) : (
          inbox.pages.list.length > 0 && <InboxList key={kept} inbox={inbox} openId={openId} search={kept} />
        )}
      </div>
      <div className="inbox-main">
        {openId === null ? (
          <Empty icon={MessageSquareText} title="Pick a conversation">
            It opens here, with its summary. <kbd>j</kbd> and <kbd>k</kbd> move through the list, <kbd>/</kbd> searches,{' '}
            <kbd>?</kbd> shows all shortcuts.
          </Empty>
        ) : (
          <Suspense fallback={<PageSkeleton />}>
            <Conversation key={openId} id={openId} onClose={close} onDelete={remove} onRestore={inbox.reload} />
          </Suspense>
        )}
      </div>
      {isWriting && (
        <Suspense>
          <NewConversation onClose={() => setIsWriting(false)} />
        </Suspense>
      )}
    </div>
  );
}
