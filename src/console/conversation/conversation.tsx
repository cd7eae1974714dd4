import '../styles/conversation.css';
import { useEffect, useState } from 'react';
import { useQuery, useSubscription } from 'urql';
import { useData } from '../client/client.ts';
import { formatCount, sourceNames } from '../client/names.ts';
import { explainError } from '../client/words.ts';
import {
  ConversationChangesDocument,
  ConversationPageDocument,
  type ConversationPageQuery,
  type PlaceFragment,
  SummaryChangesDocument,
} from '../generated/documents.ts';
import { ArrowLeft, MessageSquareX, Pencil, Trash } from '../generated/icons.tsx';
import { PageSkeleton } from '../shell/pages.tsx';
import { useShortcut } from '../shell/shortcuts.ts';
import { Empty, ProviderBadge, StatusBadge, Trouble } from '../ui/parts.tsx';
import { Time } from '../ui/time.tsx';
import { useFileDrop } from '../ui/use-file-drop.ts';
import { deleteLater } from './delete-later.ts';
import { EditConversation } from './edit.tsx';
import { Files } from './files.tsx';
import { showValue } from './metadata.ts';
import { Regenerate } from './regenerate.tsx';
import { SummaryBody } from './summary.tsx';
import { Transcript } from './transcript.tsx';
import { useMessages } from './use-messages.ts';
import { useUploads } from './use-uploads.ts';
import { Versions } from './versions.tsx';

/** Files' addresses are good for an hour: they are asked for anew before. */
const freshAddressesMs = 45 * 60_000;
/** In UTF-16 code units. */
const longTitle = 70;

type Conversation = NonNullable<ConversationPageQuery['conversation']>;
type ViewProps = { id: string; onClose(): void; onDelete(id: string): void; onRestore(): void };

function Details({ conversation }: { conversation: Conversation }) {
  const { title } = conversation;
  const facts: [string, string | null][] = [
    // What its place above may not hold.
    ['Title', title.length > longTitle ? title : null],
    ['Source', conversation.source === null ? null : sourceNames[conversation.source]],
    ['Segment', conversation.segment],
    ['Session', conversation.sessionId],
    ['Id there', conversation.externalId],
    ['Id', conversation.id],
    ...Object.entries(conversation.metadata ?? {}).map(([key, value]): [string, string] => [key, showValue(value)]),
  ];
  return (
    <section className="card stack" aria-label="Details">
      <h2>Details</h2>
      <dl className="details">
        <div>
          <dt>Began</dt>
          <dd>
            <Time at={conversation.startedAt} look="whole" />
          </dd>
        </div>
        {facts.map(([name, value]) =>
          value === null ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
    </section>
  );
}

function SummaryCard({ conversation, onShow }: { conversation: Conversation; onShow(place: PlaceFragment): void }) {
  const [isComparing, setIsComparing] = useState(false);
  const versions = conversation.summaries.nodes;
  const newest = versions[0];
  const { summary } = conversation;
  const isBusy = conversation.status === 'PROCESSING';
  return (
    <section className="card stack" aria-label="Summary">
      <div className="spread">
        <h2>Summary</h2>
        {conversation.capabilities.includes('SUMMARIZE') && (
          <Regenerate
            conversationId={conversation.id}
            language={summary?.language ?? 'en'}
            style={summary?.style ?? 'CONCISE'}
            isBusy={isBusy}
          />
        )}
      </div>
      <div aria-live="polite">
        {newest !== undefined && newest.id !== summary?.id && (
          <p className={`notice ${newest.status === 'FAILED' ? 'bad' : ''}`}>
            {newest.status === 'FAILED'
              ? `Version ${newest.version} could not be made: ${newest.error ?? 'no reason was given'}`
              : `Version ${newest.version} is being made…`}
          </p>
        )}
      </div>
      {summary !== null ? (
        <SummaryBody summary={summary} onShow={onShow} />
      ) : (
        <p className="muted">There is none yet.</p>
      )}
      {versions.length > 1 && (
        <button type="button" className="button" onClick={() => setIsComparing(true)}>
          Compare {formatCount(versions.length, 'version')}
        </button>
      )}
      <Versions versions={versions} isOpen={isComparing} onClose={() => setIsComparing(false)} />
    </section>
  );
}

function Loaded({ conversation, refresh, ...view }: ViewProps & { conversation: Conversation; refresh(): void }) {
  const data = useData();
  const [isEditing, setIsEditing] = useState(false);
  const [shown, setShown] = useState<PlaceFragment | null>(null);
  const { id, title, capabilities, messageCount } = conversation;
  const messages = useMessages(id, `${conversation.updatedAt} ${messageCount}`);
  const uploads = useUploads(id, refresh);
  const canAttach = capabilities.includes('ATTACH');
  const drop = useFileDrop(canAttach, uploads.add);

  const show = async (place: PlaceFragment) => {
    if (place.message !== null) await messages.loadUntil(place.message.position);
    // Another object each time, so that a second click shows it again.
    setShown({ ...place });
  };
  const remove = () => {
    if (!capabilities.includes('DELETE')) return;
    deleteLater(data, {
      id,
      title,
      onGone: () => {
        view.onDelete(id);
        view.onClose();
      },
      onBack: view.onRestore,
    });
  };
  useShortcut('#', remove);
  return (
    <article className={`conversation ${drop.isDropping ? 'is-dropping' : ''}`} aria-label={title} {...drop.target}>
      <header className="conversation-head">
        <button type="button" className="button quiet icon" aria-label="Back to the list" onClick={view.onClose}>
          <ArrowLeft size={18} aria-hidden />
        </button>
        <div className="names">
          <h1 title={title}>{title}</h1>
          <p className="row muted small">
            <ProviderBadge provider={conversation.provider} />
            <span>{messageCount === 0 ? 'One text' : formatCount(messageCount, 'message')}</span>
            <StatusBadge status={conversation.status} />
          </p>
        </div>
        {capabilities.includes('UPDATE') && (
          <button type="button" className="button" onClick={() => setIsEditing(true)}>
            <Pencil size={15} aria-hidden /> <span className="words">Edit</span>
          </button>
        )}
        {capabilities.includes('DELETE') && (
          <button type="button" className="button" onClick={remove}>
            <Trash size={15} aria-hidden /> <span className="words">Delete</span>
          </button>
        )}
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <section className="conversation-body" aria-label="Conversation" tabIndex={0}>
        <div className="conversation-columns">
          <div className="conversation-aside">
            <SummaryCard conversation={conversation} onShow={(place) => void show(place)} />
            <Files files={conversation.attachments} uploads={canAttach ? uploads : null} />
            <Details conversation={conversation} />
          </div>
          <section className="conversation-text" aria-label="What was said">
            <Transcript messages={messages} total={messageCount} content={conversation.content} shown={shown} />
          </section>
        </div>
      </section>
      {drop.isDropping && <div className="drop-hint">Drop the files to add them</div>}
      {isEditing && <EditConversation conversation={conversation} onClose={() => setIsEditing(false)} />}
    </article>
  );
}

/** One conversation, kept up to date. */
export function ConversationView(props: ViewProps) {
  const { id, onClose } = props;
  const [{ data, error, fetching }, refetch] = useQuery({ query: ConversationPageDocument, variables: { id } });
  const refresh = () => refetch({ requestPolicy: 'network-only' });
  useSubscription({ query: SummaryChangesDocument, variables: { ids: [id] } });
  useSubscription({ query: ConversationChangesDocument, variables: { ids: [id] } }, (_, next) => {
    const event = next.conversationChanged;
    // Its text, its files and its summaries are read anew where the event does not bring them.
    if (event.__typename === 'StreamGap' || event.kind === 'UPDATED') refresh();
    return next;
  });
  useShortcut('Escape', onClose);
  useEffect(() => {
    const timer = setInterval(() => refetch({ requestPolicy: 'network-only' }), freshAddressesMs);
    return () => clearInterval(timer);
  }, [refetch]);

  if (data?.conversation) return <Loaded {...props} conversation={data.conversation} refresh={refresh} />;
  if (error !== undefined) {
    return (
      <div className="page">
        <Trouble message={explainError(error)} onRetry={refresh} />
      </div>
    );
  }
  if (fetching || data === undefined) return <PageSkeleton />;
  const back = (
    <button type="button" className="button" onClick={onClose}>
      Back to the list
    </button>
  );
  return (
    <Empty icon={MessageSquareX} title="There is no such conversation" action={back}>
      It was deleted, or its address is mistyped.
    </Empty>
  );
}
