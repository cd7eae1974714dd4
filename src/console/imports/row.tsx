import { formatBytes, formatCount, formatNumber } from '../client/names.ts';
import type { ImportRowFragment } from '../generated/documents.ts';
import { Bar } from '../ui/parts.tsx';
import { Time } from '../ui/time.tsx';

function State({ row }: { row: ImportRowFragment }) {
  if (row.status === 'PROCESSING') {
    return (
      <div className="export-progress">
        <span className="badge busy">
          <span className="dot" aria-hidden />
          {Math.round(row.progress * 100)} %
        </span>
        <Bar value={row.progress} label={`Progress of ${row.filename}`} />
      </div>
    );
  }
  if (row.status === 'FAILED') return <span className="badge bad">Failed</span>;
  return row.dryRun ? <span className="badge">Tried</span> : <span className="badge good">Imported</span>;
}

/** What has become of the file, in words; of a dry run, what would. */
function outcomeOf(row: ImportRowFragment): string {
  const { importedCount, messageCount, extendedCount, unchangedCount } = row;
  const would = row.dryRun ? 'would be ' : '';
  const parts = [
    importedCount > 0 &&
      `${formatCount(importedCount, 'conversation')} ${would}new, with ${formatCount(messageCount, 'message')}`,
    extendedCount > 0 && `${formatNumber(extendedCount)} ${would}longer`,
    unchangedCount > 0 && `${formatNumber(unchangedCount)} there already`,
  ].filter((each) => each !== false);
  if (parts.length > 0) return parts.join('; ');
  return row.status === 'PROCESSING' ? '' : 'Nothing of it was new';
}

function LeftOut({ row }: { row: ImportRowFragment }) {
  if (row.leftOutCount === 0) return null;
  const untold = row.leftOutCount - row.leftOut.length;
  return (
    <details>
      <summary>{formatNumber(row.leftOutCount)} left out: why</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard */}
      <ul className="left-out" tabIndex={0} aria-label={`Left out of ${row.filename}`}>
        {row.leftOut.map(({ place, reason }, index) => (
          <li key={`${place} ${String(index)}`}>
            <strong>{place}</strong>: {reason}
          </li>
        ))}
        {untold > 0 && <li className="muted">and {formatNumber(untold)} more</li>}
      </ul>
    </details>
  );
}

type RowProps = {
  row: ImportRowFragment;
  /** Imports what was tried; null where its file is not at hand any more. */
  onImport: (() => void) | null;
};

export function ImportRow({ row, onImport }: RowProps) {
  return (
    <tr>
      <td>
        <span className="main">{row.filename}</span>
        <span className="block muted">
          {row.format !== null && `${row.format}, `}
          {formatBytes(row.size)}, <Time at={row.createdAt} look="distance" />
        </span>
      </td>
      <td>
        <State row={row} />
      </td>
      <td>
        <div className="outcome">
          <span>{outcomeOf(row)}</span>
          {row.error !== null && <span className="wrong">{row.error}</span>}
          <LeftOut row={row} />
        </div>
      </td>
      <td className="end">
        {row.dryRun && row.status === 'COMPLETED' && onImport !== null && (
          <button type="button" className="button" onClick={onImport}>
            Import it
          </button>
        )}
      </td>
    </tr>
  );
}
