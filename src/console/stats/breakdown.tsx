import { formatNumber } from '../client/names.ts';

export type Share = { value: string | null; name: string; count: number };

type BreakdownProps = { title: string; shares: readonly Share[]; onPick(value: string): void; none: string };

/** Counts as bars, most first; a click on one narrows the inbox to it. */
export function Breakdown({ title, shares, onPick, none }: BreakdownProps) {
  const most = Math.max(1, ...shares.map(({ count }) => count));
  return (
    <section className="card stack breakdown" aria-label={title}>
      <h2>{title}</h2>
      {shares.length === 0 && <p className="muted small">{none}</p>}
      <ul>
        {shares.map(({ value, name, count }) => {
          const inner = (
            <>
              <span className="fill" style={{ width: `${(100 * count) / most}%` }} aria-hidden />
              <span className="name clip">{name}</span>
              <span className="tabular">{formatNumber(count)}</span>
            </>
          );
          return (
            <li key={value ?? ''}>
              {value === null ? (
                <span className="share">{inner}</span>
              ) : (
                <button type="button" className="share" onClick={() => onPick(value)}>
                  {inner}
                </button>
              )}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
