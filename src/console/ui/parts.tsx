import type { ReactNode } from 'react';
import { providerNames, sentimentNames } from '../client/names.ts';
import { apis } from '../generated/apis.ts';
import type { ConversationStatus, Provider, Sentiment } from '../generated/documents.ts';
import { CircleAlert } from '../generated/icons.tsx';
import type { Icon } from './icon.tsx';

/** Text that is not there yet, as lines of its length. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  return (
    <div className="stack" style={{ gap: '0.65rem' }} aria-hidden>
      {Array.from({ length: lines }, (_, index) => (
        <span key={String(index)} className="skeleton" style={{ width: `${[92, 100, 64, 81][index % 4]}%` }} />
      ))}
    </div>
  );
}

type EmptyProps = {
  icon: Icon;
  title: string;
  /** Where it is all that the page says, its title is the page's. */
  level?: 1 | 2;
  children: ReactNode;
  action?: ReactNode;
};

/** What a place is for that holds nothing yet, and what to do. */
export function Empty({ level = 2, ...props }: EmptyProps) {
  const Icon = props.icon;
  const Title = `h${level}` as const;
  return (
    <div className="empty">
      <span className="glyph">
        <Icon size={24} aria-hidden />
      </span>
      <Title>{props.title}</Title>
      <p>{props.children}</p>
      {props.action}
    </div>
  );
}

/** What went wrong, and a way on. */
export function Trouble({ message, onRetry }: { message: string; onRetry?: () => void }) {
  return (
    <div className="notice bad" role="alert">
      <CircleAlert size={18} aria-hidden />
      <span style={{ flex: 1 }}>{message}</span>
      {onRetry && (
        <button type="button" className="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}

export function ProviderBadge({ provider }: { provider: Provider }) {
  const index = apis.findIndex(({ name }) => name === provider);
  return <span className={`provider ${provider} api-${index}`}>{providerNames[provider]}</span>;
}

const sentimentLooks: Record<Sentiment, string> = { POSITIVE: 'good', NEUTRAL: '', NEGATIVE: 'bad' };

export function SentimentBadge({ sentiment }: { sentiment: Sentiment }) {
  return <span className={`badge ${sentimentLooks[sentiment]}`}>{sentimentNames[sentiment]}</span>;
}

/** A summary that is there is shown, not told of. */
export function StatusBadge({ status }: { status: ConversationStatus }) {
  if (status === 'COMPLETED') return null;
  const isBusy = status === 'PROCESSING';
  return (
    <span className={`badge ${isBusy ? 'busy' : 'bad'}`}>
      <span className="dot" aria-hidden />
      {isBusy ? 'Summarising' : 'Summary failed'}
    </span>
  );
}

export function Bar({ value, label }: { value: number; label: string }) {
  const percent = Math.round(value * 100);
  return (
    <div
      className="bar"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <span style={{ width: `${percent}%` }} />
    </div>
  );
}
