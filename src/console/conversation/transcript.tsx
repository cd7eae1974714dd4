import { useEffect, useRef } from 'react';
import { formatNumber } from '../client/names.ts';
import type { MessageRole, PlaceFragment } from '../generated/documents.ts';
import { Skeleton, Trouble } from '../ui/parts.tsx';
import { Time } from '../ui/time.tsx';
import { MarkedText } from './marked-text.tsx';
import type { Message, Messages } from './use-messages.ts';

const roleNames: Record<MessageRole, string> = { USER: 'User', ASSISTANT: 'Assistant', SYSTEM: 'Notice' };

function Bubble({ message, shown }: { message: Message; shown: PlaceFragment | null }) {
  return (
    <li className={`message ${message.role}`} id={message.id}>
      <p className="who">
        <strong>{roleNames[message.role]}</strong> <Time at={message.createdAt} />
      </p>
      <div className="text">
        <MarkedText text={message.content} shown={shown} />
      </div>
    </li>
  );
}

/** Loads on when its end comes into sight. */
function Rest({ messages, total }: { messages: Messages; total: number }) {
  const end = useRef<HTMLButtonElement>(null);
  const { loadMore, isLoading } = messages;
  useEffect(() => {
    if (isLoading || end.current === null) return;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && void loadMore(), {
      rootMargin: '400px',
    });
    observer.observe(end.current);
    return () => observer.disconnect();
  }, [loadMore, isLoading]);
  return (
    <button ref={end} type="button" className="button" disabled={isLoading} onClick={() => void loadMore()}>
      {isLoading ? 'Loading…' : `Show more of ${formatNumber(total)} messages`}
    </button>
  );
}

type TranscriptProps = {
  messages: Messages;
  total: number;
  /** The text of a conversation that has no messages. */
  content: string | null;
  shown: PlaceFragment | null;
};

/** What was said, in its order; the place that is asked for is marked. */
export function Transcript({ messages, total, content, shown }: TranscriptProps) {
  if (total === 0) {
    if (content === null || content === '') return <p className="muted">It holds no text.</p>;
    return (
      <div className="text whole">
        <MarkedText text={content} shown={shown?.message === null ? shown : null} />
      </div>
    );
  }
  return (
    <>
      {messages.problem !== null && <Trouble message={messages.problem} onRetry={() => void messages.loadMore()} />}
      {messages.messages.length === 0 && messages.isLoading && <Skeleton lines={8} />}
      <ol className="messages">
        {messages.messages.map((message) => (
          <Bubble key={message.id} message={message} shown={shown?.message?.id === message.id ? shown : null} />
        ))}
      </ol>
      {messages.messages.length > 0 && messages.hasMore && <Rest messages={messages} total={total} />}
    </>
  );
}
