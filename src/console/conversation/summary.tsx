import '../styles/summary.css';
import { styleNames } from '../client/names.ts';
import type { PlaceFragment, SummaryViewFragment } from '../generated/documents.ts';
import { Quote, TriangleAlert } from '../generated/icons.tsx';
import { SentimentBadge, Skeleton } from '../ui/parts.tsx';
import { Time } from '../ui/time.tsx';

type Show = (place: PlaceFragment) => void;

function Cite({ place, label, onShow }: { place: PlaceFragment; label: string; onShow: Show }) {
  return (
    <button type="button" className="cite" onClick={() => onShow(place)}>
      <Quote size={12} aria-hidden />
      <span className="hidden-visually">{label}: </span>
      <span className="quote">{place.quote}</span>
    </button>
  );
}

/** Lines that begin with a dash are a list. */
function SummaryText({ content }: { content: string }) {
  const lines = content.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > 1 && lines.every((line) => /^\s*[-•*]/.test(line))) {
    return (
      <ul className="points">
        {lines.map((line, index) => (
          <li key={String(index)}>{line.replace(/^\s*[-•*]\s*/, '')}</li>
        ))}
      </ul>
    );
  }
  return lines.map((line, index) => <p key={String(index)}>{line}</p>);
}

function Made({ summary }: { summary: SummaryViewFragment }) {
  return (
    <p className="muted small">
      Version {summary.version}, {styleNames[summary.style].toLowerCase()}, in <code>{summary.language}</code>, by{' '}
      {summary.generator}
      {summary.completedAt !== null && (
        <>
          , <Time at={summary.completedAt} look="distance" />
        </>
      )}
    </p>
  );
}

/** A version of the summary, whole; a click on what was cited shows where it was said. */
export function SummaryBody({ summary, onShow }: { summary: SummaryViewFragment; onShow: Show | null }) {
  if (summary.status === 'FAILED') {
    return (
      <div className="notice bad">
        <TriangleAlert size={18} aria-hidden />
        <span>{summary.error ?? 'It could not be made.'}</span>
      </div>
    );
  }
  if (summary.status === 'PROCESSING' || summary.content === null) return <Skeleton lines={4} />;
  return (
    <div className="summary">
      {summary.title !== null && <h3>{summary.title}</h3>}
      <div className="summary-text">
        <SummaryText content={summary.content} />
      </div>
      <div className="row">
        {summary.sentiment !== null && <SentimentBadge sentiment={summary.sentiment} />}
        {summary.topics.map((topic) => (
          <span key={topic} className="badge">
            {topic}
          </span>
        ))}
      </div>
      {summary.actionItems.length > 0 && (
        <section>
          <h3>To do</h3>
          <ul className="todo">
            {summary.actionItems.map((item, index) => (
              <li key={String(index)}>
                {item.text}
                {item.citation !== null && onShow !== null && (
                  <Cite place={item.citation} label="Show where it was said" onShow={onShow} />
                )}
              </li>
            ))}
          </ul>
        </section>
      )}
      {summary.citations.length > 0 && onShow !== null && (
        <section>
          <h3>Said in the conversation</h3>
          <ul className="cites">
            {summary.citations.map((place, index) => (
              <li key={String(index)}>
                <Cite place={place} label="Show where it was said" onShow={onShow} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <Made summary={summary} />
    </div>
  );
}
